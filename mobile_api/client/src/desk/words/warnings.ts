// Words of the early warnings: plain reasons, and what was done.
import { wordsOf } from '../../words/local'

export const zh = {
  'title': '需要留意',
  'lead': '从最近几周的数字里看出来的，不关哪一位学生。',
  'none': '最近没有需要留意的。',
  'open': '还没处理',
  'closed': '已处理',
  'trends': '看这个班的趋势',
  'what.class_over_cap': '书面作业常超上限',
  'what.estimate_exceeded': '{subject}比预估长很多',
  'what.estimate': '一科比预估长很多',
  'what.sleep_short': '睡得不够',
  'what.coverage_falling': '交的人少了',
  'why.class_over_cap': '最近 {of} 个上学日有 {count} 天超过上限。这些晚上平均 {value} 分钟，上限 {limit} 分钟。',
  'why.estimate_exceeded': '连续 {count} 周，做完要用预估的 {value} 倍时间；超过 {limit} 倍就在这里提醒。没做完的不算在内。',
  'why.sleep_short': '最近 {of} 个上学前夜，{value}% 的记录睡眠明显不足；超过 {limit}% 就在这里提醒。',
  'why.coverage_falling': '上交率 {value}%，前一周是 {limit}%。',
  'close': '写下做了什么',
  'close.title': '{class}：{what}',
  'close.action': '做了什么',
  'close.hint': '例如：和数学组说好，周二不布置书面作业',
  'close.go': '处理好了',
  'close.said': '{by} · {day}：{action}',
  'close.someone': '学校',
  'back': '回到趋势',
} as const

export type Key = keyof typeof zh

export const en: Record<Key, string> = {
  'title': 'Worth a look',
  'lead': 'Seen in the figures of the last weeks, never in one student’s.',
  'none': 'Nothing needs a look at the moment.',
  'open': 'Open',
  'closed': 'Closed',
  'trends': 'See this class’s trends',
  'what.class_over_cap': 'Often over the cap',
  'what.estimate_exceeded': '{subject} takes far longer than estimated',
  'what.estimate': 'A subject takes far longer than estimated',
  'what.sleep_short': 'Short of sleep',
  'what.coverage_falling': 'Fewer hand in',
  'why.class_over_cap': 'Over the cap on {count} of the last {of} school nights. Those nights took {value} minutes on average; the cap is {limit}.',
  'why.estimate_exceeded': 'For {count} weeks on end, finishing took {value} times the estimate; above {limit} it is noted here. Unfinished work is not counted.',
  'why.sleep_short': 'On the last {of} nights before school, {value} % of sheets were clearly short of sleep; above {limit} % it is noted here.',
  'why.coverage_falling': '{value} % of sheets came in, {limit} % the week before.',
  'close': 'Say what was done',
  'close.title': '{class}: {what}',
  'close.action': 'What was done',
  'close.hint': 'For example: agreed with maths, no written work on Tuesdays',
  'close.go': 'Done',
  'close.said': '{by} · {day}: {action}',
  'close.someone': 'The school',
  'back': 'Back to trends',
}

export const t = wordsOf<Key>(zh, en)

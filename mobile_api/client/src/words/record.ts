// Words of the class recorder's screen. A third-grader reads them.
import { wordsOf } from './local'

export const zh = {
  'link': '记今天布置的作业',
  'link.says': '老师请你帮班里记',
  'title': '今天布置了哪些作业',
  'title.yesterday': '昨天布置了哪些作业',
  'says': '{class}：真正布置了什么，就记什么。同学做了多久，这里看不到。',
  'day': '哪一天',
  'today': '今天',
  'yesterday': '昨天',
  'unsaved': '还没记下',
  'planned': '老师写的',
  'planned.minutes': '{n} 分钟',
  'off': '没有布置，就不用点',
  'content': '{subject}：写了什么',
  'content.short': '一行就好',
  'minutes': '{subject}：大概几分钟',
  'minutes.short': '分钟',
  'others': '别的学科',
  'save': '记下',
  'saved': '记下了，谢谢你。',
  'saved.none': '记下了：这天没有布置作业。',
  'loading': '正在打开',
  'offline': '要连上网才能记。写的都还在，等一会儿再点。',
  'away': '现在打不开，请看一下网络。',
  'again': '再试一次',
  'over': '你现在不用记了。',
  'wrong': '这一处再看一下：分钟写 0 到 600。',
} as const

export type Key = keyof typeof zh

export const en: Record<Key, string> = {
  'link': 'Note today’s homework',
  'link.says': 'Your teacher asked you to note it for the class',
  'title': 'What homework was set today',
  'title.yesterday': 'What homework was set yesterday',
  'says': '{class}: note what was really set. How long anybody took is not shown here.',
  'day': 'Which day',
  'today': 'Today',
  'yesterday': 'Yesterday',
  'unsaved': 'not saved yet',
  'planned': 'Your teacher wrote',
  'planned.minutes': '{n} min',
  'off': 'Nothing set? Leave it off',
  'content': '{subject}: what it was',
  'content.short': 'One line is enough',
  'minutes': '{subject}: about how many minutes',
  'minutes.short': 'min',
  'others': 'Other subjects',
  'save': 'Save',
  'saved': 'Saved. Thank you.',
  'saved.none': 'Saved: no homework that day.',
  'loading': 'Opening',
  'offline': 'This can only be saved online. What you wrote is still here; try again in a while.',
  'away': 'This cannot be opened right now. Check the network.',
  'again': 'Try again',
  'over': 'You do not need to note this any more.',
  'wrong': 'Look here once more: minutes go from 0 to 600.',
}

export const t = wordsOf<Key>(zh, en)

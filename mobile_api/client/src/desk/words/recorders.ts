// Words of naming class recorders.
import { wordsOf } from '../../words/local'

export const zh = {
  'title': '学习委员',
  'lead': '学习委员在自己的手机上记当天真正布置的作业，看不到任何人的用时。没有手机的，记在纸上，由您录入。',
  'none': '还没有学习委员。',
  'since': '{day}起',
  'end': '撤下',
  'end_what': '撤下{name}',
  'choose': '请谁来记',
  'whom': '选一位学生',
  'name': '请这位同学记',
  'full': '一个班最多 {n} 名。',
  'named': '{name}可以记了。',
  'ended': '{name}不再记。记过的都在。',
} as const

export type Key = keyof typeof zh

export const en: Record<Key, string> = {
  'title': 'Class recorders',
  'lead': 'A class recorder notes on the own phone what was really set that day and sees nobody’s minutes. Without a phone it is noted on paper and typed in here.',
  'none': 'There is no class recorder yet.',
  'since': 'since {day}',
  'end': 'End',
  'end_what': 'End {name} as recorder',
  'choose': 'Who shall record',
  'whom': 'Choose a pupil',
  'name': 'Name recorder',
  'full': 'A class has {n} at most.',
  'named': '{name} can record now.',
  'ended': '{name} no longer records. What was noted stays.',
}

export const t = wordsOf<Key>(zh, en)

// Words of the desk's frame: places, the class, loading, problems, signing out.
import { wordsOf } from '../../words/local'

export const zh = {
  'nav.label': '工作台',
  'nav.skip': '跳到内容',
  'nav.plan': '布置作业',
  'nav.class': '本班',
  'nav.paper': '纸质录入',
  'nav.trends': '趋势',
  'nav.reports': '报告',
  'nav.district': '各校',
  'nav.week_plans': '周预布置',
  'nav.notice': '公示',
  'nav.weekends': '周末审批',
  'nav.reach': '联系情况',
  'nav.tablets': '班级平板',
  'nav.delivery': '提醒送达',
  'nav.school_settings': '学校设置',
  'nav.set': '当日记录',
  'nav.meeting': '{class}的班会一页',
  'nav.more': '更多',

  'class.label': '班级',
  'class.none': '还没有您的班级。教务处导入任课表后，这里就有了。',
  'role.subject_teacher': '任课老师',
  'role.homeroom_teacher': '班主任',
  'role.class_recorder': '学习委员',
  'role.prep_group': '备课组',
  'role.grade_head': '年级组',
  'role.academic_office': '教务处',
  'role.district_officer': '教育局',

  'state.loading': '正在打开',
  'state.away': '连不上服务器。看到的是 {time} 的内容。',
  'state.away_nothing': '现在连不上服务器，请看看网络再试。',
  'state.again': '再试一次',
  'state.not_found': '这里没有您能看的内容。',
  'state.to': '去“{place}”',

  'figure.coverage': '{n} / {of} 人',
  'figure.coverage_says': '{of} 人中有 {n} 人交了',
  'figure.withheld': '人数少，不显示',
  'figure.none': '没有数据',

  'dialog.close': '关上',

  'more.title': '更多',
  'more.posts': '职务',
  'more.inbox': '消息',
  'more.inbox_unread': '消息 · {n} 条没看过',
  'more.reminders': '提醒设置',
  'more.about': '关于这个服务',
  'more.places': '其他页面',
  'more.device': '这台设备',
} as const

export type Key = keyof typeof zh

export const en: Record<Key, string> = {
  'nav.label': 'Desk',
  'nav.skip': 'Skip to content',
  'nav.plan': 'Set homework',
  'nav.class': 'My class',
  'nav.paper': 'Paper sheets',
  'nav.trends': 'Trends',
  'nav.reports': 'Reports',
  'nav.district': 'Schools',
  'nav.week_plans': 'Week plans',
  'nav.notice': 'Notice board',
  'nav.weekends': 'Weekends',
  'nav.reach': 'Reachability',
  'nav.tablets': 'Class tablet',
  'nav.delivery': 'Deliveries',
  'nav.school_settings': 'School settings',
  'nav.set': 'What was set',
  'nav.meeting': 'Class meeting, {class}',
  'nav.more': 'More',

  'class.label': 'Class',
  'class.none': 'You have no class here yet. It appears once the office has imported who teaches what.',
  'role.subject_teacher': 'Subject teacher',
  'role.homeroom_teacher': 'Homeroom teacher',
  'role.class_recorder': 'Class recorder',
  'role.prep_group': 'Prep group',
  'role.grade_head': 'Grade head',
  'role.academic_office': 'Academic office',
  'role.district_officer': 'District officer',

  'state.loading': 'Opening',
  'state.away': 'The server cannot be reached. This is how it stood at {time}.',
  'state.away_nothing': 'The server cannot be reached right now. Check the network and try again.',
  'state.again': 'Try again',
  'state.not_found': 'There is nothing here for you to see.',
  'state.to': 'Go to {place}',

  'figure.coverage': '{n} of {of}',
  'figure.coverage_says': '{n} of {of} handed in',
  'figure.withheld': 'Too few to show',
  'figure.none': 'No data',

  'dialog.close': 'Close',

  'more.title': 'More',
  'more.posts': 'Posts',
  'more.inbox': 'Messages',
  'more.inbox_unread': 'Messages · {n} unread',
  'more.reminders': 'Reminder settings',
  'more.about': 'About this service',
  'more.places': 'Other screens',
  'more.device': 'This device',
}

export const t = wordsOf(zh, en)

// Words of scanning a slip.
import { wordsOf } from './local'

export const zh = {
  'scan.title': '扫登录条',
  'scan.why': '要用一下相机。画面只在这台手机上看，不保存，也不传走。',
  'scan.open': '打开相机',
  'scan.aim': '把纸上的二维码放进框里',
  'scan.found': '扫到了',
  'scan.other': '这不是登录条上的码，请换一个。',
  'scan.blocked': '相机没有打开。可以在浏览器设置里允许用相机，也可以直接输入登录码。',
  'scan.none': '这台设备没有能用的相机，请直接输入登录码。',
  'scan.type': '自己输入',
} as const

export type Key = keyof typeof zh

export const en: Record<Key, string> = {
  'scan.title': 'Scan the slip',
  'scan.why': 'This needs the camera. The picture is looked at on this phone only: it is not kept and goes nowhere.',
  'scan.open': 'Open the camera',
  'scan.aim': 'Hold the printed code inside the frame',
  'scan.found': 'Found it',
  'scan.other': 'That is not the code of a slip. Please try another.',
  'scan.blocked': 'The camera did not open. You can allow it in the browser’s settings, or type the code instead.',
  'scan.none': 'There is no camera here that can be used. Please type the code instead.',
  'scan.type': 'Type it instead',
}

export const t = wordsOf<Key>(zh, en)

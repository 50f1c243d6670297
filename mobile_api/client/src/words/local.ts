// Words of a screen that is fetched only when it is opened: they travel with it and not with the first load.
import { language } from './index'

/** `wordsOf(zh, en)` answers a `t` of these words: {names} are filled in. */
export function wordsOf<Key extends string>(zh: Record<Key, string>, en: Record<Key, string>) {
  return (key: Key, values: Record<string, string | number> = {}): string =>
    (language.value === 'en' ? en : zh)[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

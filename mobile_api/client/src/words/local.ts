// Words of a screen that is fetched only when it is opened: they travel with it and not with the first load.
import { fill, language } from './index'

/** `wordsOf(zh, en)` answers a `t` of these words: {names} and {n|night|nights} are filled in. */
export function wordsOf<Key extends string>(zh: Record<Key, string>, en: Record<Key, string>) {
  return (key: Key, values: Record<string, string | number> = {}): string =>
    fill((language.value === 'en' ? en : zh)[key], values)
}

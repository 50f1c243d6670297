import { describe, expect, it } from 'vitest'
import { codeIn } from '../src/domain/slip'

describe('a scanned text', () => {
  it.each([
    ['https://sheets.example.edu/#/claim/K7QM3XRA', 'K7QM-3XRA'],
    ['http://10.0.0.5:8000/#/claim/k7qm-3xra/', 'K7QM-3XRA'],
    [' K7QM-3XRA ', 'K7QM-3XRA'],
    ['k7qm3xra', 'K7QM-3XRA'],
    ['https://sheets.example.edu/#/tablet/abcdefgh', null],
    ['https://elsewhere.example/pay?code=K7QM3XRA', null],
    ['https://sheets.example.edu/#/claim/K7QM3X', null],
    ['', null],
  ])('%s holds the code %s', (text, code) => expect(codeIn(text)).toBe(code))
})

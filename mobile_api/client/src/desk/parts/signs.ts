// The desk's few signs as paths on a 24 px grid: drawn here, nothing fetched.
export const SIGNS = {
  pen: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  class: 'M4 5h16v14H4zM4 10h16M9 10v9',
  paper: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h4',
  trend: 'M4 19V5M4 19h16M7 15l4-4 3 2 5-6',
  report: 'M6 3h12v18H6zM9 8h6M9 12h6M9 16h3',
  week: 'M4 6h16v14H4zM4 10h16M8 3v5M16 3v5',
  board: 'M4 4h16v11H4zM12 15v5M8 20h8',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  more: 'M5 7h14M5 12h14M5 17h14',
  people: 'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6.500M17.500 14.300c2.400.7 4 2.800 4 5.700',
  close: 'M6 6l12 12M18 6L6 18',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2',
  print: 'M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z',
  back: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  mail: 'M4 6h16v12H4zM4 7l8 6 8-6',
  note: 'M5 5h14v10H9l-4 4z',
  warn: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  save: 'M12 4v11M8 11l4 4 4-4M5 20h14',
} as const

export type SignName = keyof typeof SIGNS

// The class's tablets and its pupils' pictures as the API answers them.
import type { Picture } from '../../domain/tablet'
import type { Id } from '../../domain/types'

export interface ClassTablet {
  id: Id
  state: 'waiting' | 'in_use'
  enabled_at: string
  by: { name: string }
  in_use_since: string | null
  code_expires_at: string | null
}

export interface Tablets {
  class_name: string
  items: ClassTablet[]
}

export interface NewTablet {
  id: Id
  code: string
  expires_at: string
}

export interface PictureState {
  student_id: Id
  name: string
  set_at: string | null
  may_write: boolean
}

export interface PictureStates {
  class_name: string
  items: PictureState[]
}

export interface MadePictures {
  class_name: string
  items: { student_id: Id; name: string; pictures: Picture[] }[]
}

// Where something typed cannot be, the person is led to the field; its words stand beside it.

/** Bring a field into view and put the cursor in it. */
export function leadTo(field: HTMLElement | null | undefined): void {
  field?.scrollIntoView({ block: 'center' })
  field?.focus({ preventScroll: true })
}

/** One of the symbols in the demo’s icons.svg. */
export function Icon({ name }: { name: string }) {
  return (
    <svg aria-hidden="true">
      <use href={`/icons.svg#${name}`} />
    </svg>
  )
}

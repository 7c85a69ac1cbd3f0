/** One of the symbols in index.html. */
export function Icon({ name }: { name: string }) {
  return (
    <svg aria-hidden="true">
      <use href={`#icon-${name}`} />
    </svg>
  )
}

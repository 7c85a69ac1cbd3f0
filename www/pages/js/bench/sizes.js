// What a page downloads: measured when the package was built, since a page cannot make a bundle, or Brotli, of it.

const ADDRESS = '/bench/sizes.json'

const KILOBYTE = 1000
const kilobytes = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

/** A row for each entry and wasm file. */
export async function drawSizes(body) {
  let sizes
  try {
    const answer = await fetch(ADDRESS)
    if (!answer.ok) throw new Error(`${ADDRESS} answers ${answer.status}`)
    sizes = await answer.json()
  } catch (error) {
    console.error(error)
    return body.replaceChildren(missing())
  }
  body.replaceChildren(
    ...sizes.map(({ name, minified, gzip, brotli }) => {
      const row = document.createElement('tr')
      const head = document.createElement('th')
      head.scope = 'row'
      head.textContent = name
      const cells = [minified, gzip, brotli].map((bytes) => {
        const cell = document.createElement('td')
        cell.textContent = kilobytes.format(bytes / KILOBYTE)
        return cell
      })
      row.append(head, ...cells)
      return row
    }),
  )
}

function missing() {
  const row = document.createElement('tr')
  const cell = row.insertCell()
  cell.colSpan = 4
  cell.textContent = `${ADDRESS} is not there: start the demo with “cargo xtask demo”.`
  return row
}

// Fresh copies of the package. Whatever imports a module in a window gets the same one, so a copy takes a window of its own.

/** A window of this origin in which nothing has been imported yet. `close()` ends it. */
export async function freshWindow() {
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.srcdoc = '<!doctype html>'
  const loaded = new Promise((resolve) => (frame.onload = resolve))
  document.body.append(frame)
  await loaded
  const { contentWindow } = frame
  // Made there, it imports there. What is relative is so to this page.
  const load = contentWindow.Function('address', 'return import(address)')
  return {
    WebAssembly: contentWindow.WebAssembly,
    import: (address) => load(new URL(address, location.href).href),
    close: () => frame.remove(),
  }
}

/** Shows a text under a name, instead of the last one. */
export function show(name, text) {
  let output = document.querySelector(`[data-testid="${name}"]`)
  if (!output) {
    output = document.createElement('output')
    output.dataset.testid = name
    document.body.append(output, ' ')
  }
  output.textContent = text
}

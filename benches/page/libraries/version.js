// Which versions are measured: those that package.json pins.

import workspace from '../../../package.json' with { type: 'json' }

export const versionOf = (name) => workspace.devDependencies[name]

import { openRegistry } from '../../store/registry/open.ts'
import { sensorOf } from './fixture.ts'

/** Puts sites without end, and says each on standard output once it is in. */
const registry = await openRegistry({ file: process.argv[2] ?? '' })
for (let n = 0; ; n++) {
  await registry.putSite(sensorOf(`child-${n}`))
  process.stdout.write(`child-${n}\n`)
  await new Promise((resolve) => setTimeout(resolve, 3))
}

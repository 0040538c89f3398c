/** A broker in a process of its own, to be killed: prints its port. Argument: the rig's folder. */
import { startRig } from './harness.ts'

const rig = await startRig({ dir: process.argv[2] as string, env: { PQ_MQTT_ORPHAN_WILL_S: '4' } })
if (process.argv[3] === 'fill') {
  await rig.addDevice('S1')
  await rig.addDevice('S2')
  await rig.addIntegration('reader', ['pq/v1/#'], [])
}
process.stdout.write(`${rig.port}\n`)

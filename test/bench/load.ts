/** The load, in a process of its own: `load.ts JSON`. Prints nothing; reports over IPC. */
import { startLoad } from '../../simulators/load.ts'
import { benchDevice } from './city.ts'

export interface LoadOrder {
  port: number
  fleetPassword: string
  devices: number
  inFlight: number
  messages?: number
  ratePerSecond?: number
  firstTs: number
}

const order = JSON.parse(process.argv[2] as string) as LoadOrder
const load = await startLoad({
  host: '127.0.0.1',
  port: order.port,
  devices: Array.from({ length: order.devices }, (_, i) => benchDevice(i, order.fleetPassword)),
  qos: 1,
  inFlight: order.inFlight,
  messages: order.messages,
  ratePerSecond: order.ratePerSecond,
  firstTs: order.firstTs,
})
process.send?.({ connected: order.devices })
process.on('message', (word: unknown) => {
  if (word === 'stop') void load.stop()
})
process.send?.(await load.done)
process.disconnect()

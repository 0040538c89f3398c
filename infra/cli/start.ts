/** `npm start`: everything, embedded, with nothing else to install. */

import { isExplained } from '../known-error.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { readSettings } from '../settings.ts'
import { runUntilSignal } from './until-signal.ts'

function announce(platform: Platform): void {
  const lines = [
    ['map', platform.httpUrl],
    ['API', `${platform.httpUrl}/docs`],
    ['MQTT', platform.mqttUrl],
    ['MQTT over WebSocket', platform.wsUrl],
    ['MQTT over TLS', platform.tlsUrl],
  ]
  const shown = lines.filter(([, address]) => address !== null)
  console.log(
    ['', ...shown.map(([what, address]) => `  ${String(what).padEnd(22)}${address}`), '  Ctrl C stops it', ''].join(
      '\n',
    ),
  )
}

runUntilSignal(async () => {
  const platform = await startPlatform(readSettings(process.env))
  announce(platform)
  return platform
}).catch((error: unknown) => {
  console.error(isExplained(error) ? error.message : error)
  process.exit(1)
})

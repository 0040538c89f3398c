/** `npm start`: everything, embedded, with nothing else to install. */

import { isExplained } from '../known-error.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { readSettings } from '../settings.ts'

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

async function main(): Promise<void> {
  const platform = await startPlatform(readSettings(process.env))
  announce(platform)
  let stopping = false
  const stop = async (exitCode: number) => {
    if (stopping) return
    stopping = true
    await platform.stop()
    process.exit(exitCode)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
  const reason = await platform.died
  console.error(`a stage ended unexpectedly, so everything stops: ${reason.stack ?? reason.message}`)
  await stop(1)
}

main().catch((error: unknown) => {
  console.error(isExplained(error) ? error.message : error)
  process.exit(1)
})

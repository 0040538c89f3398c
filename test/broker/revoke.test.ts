import { afterEach, expect, it } from 'vitest'
import type { JournalWriter } from '../../store/journal/port.ts'
import type { Registry } from '../../store/registry/port.ts'
import { eventually, type Rig, startRig, text } from './harness.ts'
import * as wire from './wire.ts'

let rig: Rig
afterEach(() => rig.close())

/** The real registry; answers wait for the test where it says so. */
function slowRegistry() {
  const gate = { following: false, holdAccount: false, holdAccounts: false }
  const held: (() => void)[] = []
  let first: ReturnType<Registry['revisions']> | undefined
  const hold = async <T>(answer: Promise<T>, holding: boolean): Promise<T> => {
    const value = await answer
    if (holding) await new Promise<void>((resolve) => held.push(resolve))
    return value
  }
  let read = 0
  return {
    gate,
    held,
    readings: () => read,
    wrap: (real: Registry): Registry =>
      new Proxy(real, {
        get(target, name) {
          if (name === 'revisions') {
            first ??= target.revisions()
            return () => (gate.following ? target.revisions() : first)
          }
          if (name === 'account') return (username: string) => hold(target.account(username), gate.holdAccount)
          if (name === 'accounts') {
            return () => hold(target.accounts(), gate.holdAccounts).finally(() => read++)
          }
          const value = Reflect.get(target, name) as unknown
          return typeof value === 'function' ? value.bind(target) : value
        },
      }),
  }
}

const dialIn = async (o: wire.Connect) => {
  const peer = await wire.dial(rig.port)
  peer.send(wire.connect({ username: 'R1', password: 'secret-of-R1', ...o }))
  return peer
}

it('refuses a device that was revoked while the registry was asked who it is', async () => {
  const registry = slowRegistry()
  rig = await startRig({ registry: registry.wrap })
  await rig.addDevice('R1')
  registry.gate.holdAccount = true
  const peer = await dialIn({})
  await eventually(() => registry.held.length === 1)
  registry.gate.holdAccount = false
  await rig.registry.deleteAccount('R1')
  registry.gate.following = true
  const before = registry.readings()
  await eventually(() => registry.readings() > before)
  for (const release of registry.held) release()
  expect((await peer.next()).body[1]).toBe(4)
  peer.close()
})

it('ends the connection of a device that was revoked between its sign-in and its registration', async () => {
  const registry = slowRegistry()
  let atThatMoment = () => {}
  const journal = (real: JournalWriter): JournalWriter => ({
    append(entry, done) {
      // The older connection gives way in the middle of the newer one's sign-in: that is the moment.
      if (text(entry.payload).includes('gave way')) atThatMoment()
      real.append(entry, done)
    },
    get durable() {
      return real.durable
    },
    usage: () => real.usage(),
    close: () => real.close(),
  })
  rig = await startRig({ registry: registry.wrap, journal, env: { PQ_MQTT_DEVICE_CONNECTIONS: '2' } })
  await rig.addDevice('R1')
  await dialIn({ clientId: 'old' }).then((peer) => peer.next())
  const twin = await dialIn({ clientId: 'new' })
  await twin.next()
  // What it gives up when the newcomer takes its place makes the registration wait.
  twin.send(wire.subscribe(1, ['pq/v1/sensor/R1/rejected', 0]))
  await twin.next()
  await rig.registry.deleteAccount('R1')
  registry.gate.holdAccounts = true
  registry.gate.following = true
  await eventually(() => registry.held.length === 1)
  atThatMoment = () => {
    for (const release of registry.held.splice(0)) release()
  }
  const peer = await dialIn({ clientId: 'new' })
  await peer.ended
})

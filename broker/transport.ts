import type { Duplex } from 'node:stream'
import type { BrokerContext } from './context.ts'
import { report } from './live.ts'
import type { Fault } from './rules.ts'
import { PacketScanner, type ScanLimits } from './scan.ts'
import type { Door, SpeakingClient } from './speaker.ts'

/**
 * What stands between a socket and the broker library: incoming bytes pass the scanner before they are parsed, and
 * outgoing bytes never make a publisher wait.
 */

interface Guard {
  readonly context: BrokerContext
  readonly scanner: PacketScanner
  readonly limits: ScanLimits
  readonly read: Duplex['read']
  readonly write: Duplex['write']
}

interface GuardedStream extends Duplex {
  guard: Guard
  door: Door
  /** Set by the library. */
  client?: SpeakingClient
}

/** Enough for a CONNACK; nobody who has not signed in is owed more. */
const STRANGER_OUTBOX_BYTES = 16_384

/** Lets a new connection in, unless the broker is full. */
export function admit(context: BrokerContext, stream: Duplex, door: Door): void {
  if (context.stopping || context.streams.size >= context.config.PQ_MQTT_CONNECTIONS) {
    context.counters.crowdedOut += 1
    stream.on('error', () => {})
    stream.destroy()
    return
  }
  context.streams.add(stream)
  stream.once('close', () => context.streams.delete(stream))
  const { PQ_MQTT_PACKET_BYTES: maxPacketBytes, PQ_MQTT_INFLIGHT_MESSAGES: maxBatch } = context.config
  const limits: ScanLimits = { maxPacketBytes, maxBatch }
  const guarded = stream as GuardedStream
  guarded.door = door
  guarded.guard = {
    context,
    scanner: new PacketScanner(limits),
    limits,
    read: stream.read,
    write: stream.write,
  }
  guarded.read = readScanned
  guarded.write = writeWithoutWaiting as Duplex['write']
  context.aedes.handle(guarded)
}

/** Replaces `read`: the library asks for all there is, and gets whole packets that have been judged. */
function readScanned(this: GuardedStream, size?: number): Buffer | null {
  const { guard } = this
  // read(0) is the stream's own way to fetch more.
  if (size === 0) return guard.read.call(this, 0)
  if (guard.context.stopping) return null
  const { scanner } = guard
  if (scanner.fault === null) {
    const packets = scanner.next() ?? readMore(this, guard)
    if (packets !== null || scanner.fault === null) return packets
  }
  endForFault(this, scanner.fault)
  return null
}

function readMore(stream: GuardedStream, guard: Guard): Buffer | null {
  const chunk: Buffer | null = guard.read.call(stream)
  const { client } = stream
  if (client?.speaker) guard.limits.maxPacketBytes = client.speaker.maxPacketBytes
  return chunk === null ? null : guard.scanner.push(chunk)
}

function endForFault(stream: GuardedStream, fault: Fault): void {
  if (stream.destroyed || stream.writableEnded) return
  const { context, write } = stream.guard
  const { client } = stream
  report(context, { code: fault.code, topic: '', detail: fault.detail, siteId: client?.speaker?.site?.siteId })
  if (client) client.cause = fault.detail
  if (fault.returnCode === undefined) {
    stream.destroy()
    return
  }
  write.call(stream, Buffer.from([0x20, 2, 0, fault.returnCode]), 'buffer' as BufferEncoding)
  stream.end(() => stream.destroy())
}

/**
 * Replaces `write`: the library would let a publisher wait until a slow reader has drained. Here nobody waits; what
 * piles up is bounded, and who lets it pile up is disconnected.
 */
function writeWithoutWaiting(this: GuardedStream, chunk: unknown, encoding?: BufferEncoding, done?: () => void): true {
  const { context, write } = this.guard
  write.call(this, chunk, encoding as BufferEncoding, done)
  const { client } = this
  if (this.writableLength > (client?.speaker?.maxOutboxBytes ?? STRANGER_OUTBOX_BYTES) && !this.destroyed) {
    context.counters.slowClosed += 1
    if (client) client.cause = 'it stopped reading'
    this.destroy()
  }
  return true
}

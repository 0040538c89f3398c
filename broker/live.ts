import type { LiveRefusal, StageStats } from '../domain/live.ts'
import { type RefusalCode, refuse } from '../domain/refusal.ts'
import { LIVE_REFUSALS, LIVE_STATS } from '../domain/topic.ts'
import type { BrokerContext } from './context.ts'
import { counterValues } from './counters.ts'

/** Refusals published a second at most; all are counted. */
const SAID_LIMIT = 50
const noop = (): void => {}

function publish(context: BrokerContext, topic: string, message: unknown): void {
  const payload = Buffer.from(JSON.stringify(message))
  context.aedes.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, noop)
}

const WORDS: Partial<Record<RefusalCode, [vi: string, en: string]>> = {
  'bad-credentials': ['Sai tên đăng nhập hoặc mã bí mật', 'Wrong user name or secret'],
  'forbidden-topic': ['Thiết bị không được dùng chủ đề này', 'The device may not use this topic'],
  'too-large': ['Gói tin quá lớn', 'The packet is too large'],
  'too-fast': ['Gửi quá nhanh', 'More messages than its rate allows'],
  protocol: ['Gói tin trái với MQTT 3.1.1', 'A packet that MQTT 3.1.1 forbids'],
}

export interface Refused {
  code: RefusalCode
  /** The topic that was asked for, or ''. */
  topic: string
  /** In English: the clause, the number. */
  detail: string
  /** Absent: nobody knows who it was. */
  siteId: string | undefined
}

/** Counts a refusal, and tells the operators when it is known whose it was. */
export function report(context: BrokerContext, refused: Refused): void {
  const { code, topic, detail, siteId } = refused
  context.counters.refused[code] += 1
  context.log.debug({ code, topic, siteId, detail }, 'refused')
  if (siteId === undefined) return
  const key = `${siteId}/${code}`
  if (context.said.has(key) || context.said.size >= SAID_LIMIT) {
    context.counters.refusalsUnsaid += 1
    return
  }
  context.said.add(key)
  const [vi, en] = WORDS[code] ?? [code, code]
  const at = new Date(context.clock.now()).toISOString()
  const refusal: LiveRefusal = { siteId, at, topic, ...refuse(code, `${vi} (${detail})`, `${en} (${detail})`) }
  publish(context, LIVE_REFUSALS, refusal)
}

/** Publishes the counters; called once a second. */
export function publishStats(context: BrokerContext): void {
  context.said.clear()
  const { sessions, retained, payloadBytes } = context.sessions.counts()
  const { bytes, limitBytes } = context.journal.usage()
  const stats: StageStats = {
    at: context.clock.now(),
    values: {
      ...counterValues(context.counters),
      pq_broker_connections: context.byId.size,
      pq_broker_open_sockets: context.streams.size,
      pq_broker_connections_limit: context.config.PQ_MQTT_CONNECTIONS,
      pq_broker_sessions: sessions,
      pq_broker_retained: retained,
      pq_broker_session_bytes: payloadBytes,
      pq_broker_session_dropped_total: context.sessions.dropped,
      pq_journal_bytes: bytes,
      pq_journal_limit_bytes: limitBytes,
    },
  }
  publish(context, `${LIVE_STATS}/broker`, stats)
}

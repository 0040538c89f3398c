import { randomUUID } from 'node:crypto'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import type { Logger } from 'pino'
import { type ScenarioStatus, scenarioCommandSchema } from '../domain/live.ts'
import { CONTROL_SCENARIO, CONTROL_SCENARIOS } from '../domain/topic.ts'

/** Another fleet speaks for the city already. */
export class FleetRunningError extends Error {
  /** Explained in its message alone. */
  readonly userMessage = true
  constructor() {
    super(
      "the city's own fleet is running already and a site can have only one voice: steer it with " +
        '`npm run scenarios -- start NAME`, or start the platform with PQ_SIMULATE=off',
    )
    this.name = 'FleetRunningError'
  }
}

export interface Control {
  /** Says anew which scenarios run; retained. */
  publish(): void
  close(): Promise<void>
}

export interface ControlOptions {
  mqtt: { url: string; username: string; password: string }
  log: Logger
  statuses(): ScenarioStatus[]
  onCommand(name: string, action: 'start' | 'stop'): void
}

/** A retained status arrives at once when there is one. */
const RETAINED_MS = 300
/** A fleet that runs answers any command by its status anew; one whose broker died with it left only the retained one. */
const ANSWER_MS = 1500
const ROLL_CALL = 'roll-call'
const GOODBYE_MS = 2000
const KEEPALIVE_S = 15
const RECONNECT_MS = 2000

/**
 * The fleet's own connection: it takes commands and tells which scenarios there are. Its Will clears that word.
 * @throws FleetRunningError when another fleet answers.
 * @throws Error when the broker refuses the account.
 */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { mqtt: account, log } = options
  const client = await connect(account)
  try {
    if (await anotherAnswers(client)) throw new FleetRunningError()
  } finally {
    await client.endAsync(true)
  }
  return serve(options, log)
}

/** The client id names no site, so the broker takes the connection for the fleet's own. */
const connect = ({ url, username, password }: ControlOptions['mqtt'], will?: IClientOptions['will']) =>
  mqtt.connectAsync(
    url,
    {
      username,
      password,
      clientId: `city-fleet-${randomUUID().slice(0, 8)}`,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_S,
      reconnectPeriod: RECONNECT_MS,
      will,
    },
    false,
  )

async function anotherAnswers(client: MqttClient): Promise<boolean> {
  const heard = { retained: false, live: false }
  client.on('message', (_topic, payload, packet) => {
    if (payload.length === 0) return
    if (packet.retain) heard.retained = true
    else heard.live = true
  })
  await client.subscribeAsync(CONTROL_SCENARIOS, { qos: 1 })
  await until(() => heard.retained, RETAINED_MS)
  if (!heard.retained) return false
  await client.publishAsync(CONTROL_SCENARIO, JSON.stringify({ name: ROLL_CALL, action: 'stop' }), { qos: 1 })
  await until(() => heard.live, ANSWER_MS)
  return heard.live
}

async function until(reached: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!reached() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function serve(options: ControlOptions, log: Logger): Promise<Control> {
  const { mqtt: account, statuses } = options
  const client = await connect(account, {
    topic: CONTROL_SCENARIOS,
    payload: Buffer.alloc(0),
    qos: 1,
    retain: true,
  })
  const publish = () => {
    client.publish(CONTROL_SCENARIOS, JSON.stringify(statuses()), { qos: 1, retain: true })
  }
  client.on('error', (error) => log.warn({ err: error }, 'control connection'))
  client.on('message', (_topic, payload) => {
    obey(options, payload)
    publish()
  })
  client.on('connect', publish) // each time that it comes back: the broker may have lost it
  await client.subscribeAsync(CONTROL_SCENARIO, { qos: 1 })
  publish()
  return { publish, close: () => leave(client) }
}

function obey({ onCommand, log }: ControlOptions, payload: Buffer): void {
  let json: unknown
  try {
    json = JSON.parse(payload.toString('utf8'))
  } catch {
    log.warn('a scenario command that is not JSON was ignored')
    return
  }
  const command = scenarioCommandSchema.safeParse(json)
  if (!command.success) log.warn({ command: json }, 'a scenario command of unknown shape was ignored')
  else if (command.data.name !== ROLL_CALL) onCommand(command.data.name, command.data.action)
}

/** Takes its word back, then says goodbye; not for ever. */
async function leave(client: MqttClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS)
  })
  const goodbye = async () => {
    if (client.connected) await client.publishAsync(CONTROL_SCENARIOS, Buffer.alloc(0), { qos: 1, retain: true })
    await client.endAsync()
  }
  await Promise.race([goodbye(), late])
  clearTimeout(timer)
  client.end(true)
}

import { readFile } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import type { BrokerConfig } from './config.ts'
import type { BrokerContext } from './context.ts'
import { admit } from './transport.ts'

/** TCP, WebSocket and TLS listeners. */

export interface Listeners {
  ports: { mqtt: number; ws: number | null; tls: number | null }
  /** Accepts no more connections; those that are open stay. */
  close(): void
}

/** Connections that wait to be accepted: a whole city may come back at once. */
const BACKLOG = 4096

/**
 * Opens every listener that the settings ask for, or none.
 * @throws Error naming the port and the variable that changes it.
 */
export async function listen(context: BrokerContext): Promise<Listeners> {
  const { config } = context
  const servers: net.Server[] = []
  const open = async (server: net.Server, port: number, variable: string): Promise<number> => {
    servers.push(server)
    return listenOn(server, { host: config.PQ_MQTT_HOST, port, variable })
  }
  const close = () => {
    for (const server of servers) server.close()
  }
  try {
    const mqtt = await open(tcpServer(context), config.PQ_MQTT_PORT, 'PQ_MQTT_PORT')
    const { PQ_MQTT_WS_PORT: wsPort, PQ_MQTT_TLS_PORT: tlsPort } = config
    const ws = wsPort === null ? null : await open(wsServer(context), wsPort, 'PQ_MQTT_WS_PORT')
    const secure = tlsPort === null ? null : await open(await tlsServer(context), tlsPort, 'PQ_MQTT_TLS_PORT')
    return { ports: { mqtt, ws, tls: secure }, close }
  } catch (error) {
    close()
    throw error
  }
}

interface Address {
  host: string
  port: number
  variable: string
}

function listenOn(server: net.Server, { host, port, variable }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, { host, port, variable })))
    server.listen({ host, port, backlog: BACKLOG }, () => resolve((server.address() as net.AddressInfo).port))
  })
}

function explain(error: NodeJS.ErrnoException, { host, port, variable }: Address): Error {
  const { code } = error
  const messages: Record<string, string> = {
    EADDRINUSE: `port ${port} is taken: set ${variable}`,
    EACCES: `port ${port} may not be opened by this user: set ${variable}`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: set PQ_MQTT_HOST`,
  }
  const message = messages[code ?? ''] ?? `${host}:${port} cannot be listened on (${error.message}): set ${variable}`
  return Object.assign(new Error(message, { cause: error }), { code, port, variable })
}

const addressOf = (socket: net.Socket): string => socket.remoteAddress ?? ''

const tcpServer = (context: BrokerContext): net.Server =>
  net.createServer({ noDelay: true }, (socket) => {
    admit(context, socket, { transport: 'tcp', address: addressOf(socket) })
  })

/** @throws Error naming the variable of a certificate or key that is missing or cannot be read. */
async function tlsServer(context: BrokerContext): Promise<net.Server> {
  const { config } = context
  const cert = await pem(config, 'PQ_MQTT_TLS_CERT')
  const key = await pem(config, 'PQ_MQTT_TLS_KEY')
  const handshakeTimeout = config.PQ_MQTT_CONNECT_TIMEOUT_S * 1000
  const server = tls.createServer({ cert, key, minVersion: 'TLSv1.2', handshakeTimeout, noDelay: true }, (socket) => {
    admit(context, socket, { transport: 'tls', address: addressOf(socket) })
  })
  server.on('tlsClientError', (error) => context.log.debug({ err: error }, 'a TLS handshake failed'))
  server.maxConnections = config.PQ_MQTT_CONNECTIONS
  return server
}

async function pem(config: BrokerConfig, variable: 'PQ_MQTT_TLS_CERT' | 'PQ_MQTT_TLS_KEY'): Promise<Buffer> {
  const path = config[variable]
  if (path === '') throw new Error(`PQ_MQTT_TLS_PORT is set, so ${variable} must name a PEM file`)
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${variable}=${path} cannot be read (${error.code})`, { cause: error })
  })
}

/** [MQTT-6.0.0-3] [MQTT-6.0.0-4]; `mqttv3.1` is what older clients say. */
const SUBPROTOCOLS = ['mqtt', 'mqttv3.1']

function wsServer(context: BrokerContext): net.Server {
  const { config } = context
  const server = http.createServer((_, response) => response.writeHead(426, { Upgrade: 'websocket' }).end())
  server.headersTimeout = config.PQ_MQTT_CONNECT_TIMEOUT_S * 1000
  server.maxConnections = config.PQ_MQTT_CONNECTIONS
  const sockets = new WebSocketServer({
    server,
    clientTracking: false,
    perMessageDeflate: false,
    // A frame may hold several packets; the scanner knows where they end.
    maxPayload: config.PQ_MQTT_PACKET_BYTES * 4,
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
    verifyClient: ({ req }, answer) => {
      const offered = req.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? []
      answer(
        offered.some((name) => SUBPROTOCOLS.includes(name)),
        400,
        'the subprotocol is mqtt',
      )
    },
  })
  sockets.on('error', () => {}) // the HTTP server's errors are heard above
  sockets.on('connection', (socket, request) => {
    // [MQTT-6.0.0-1]
    socket.on('message', (_, isBinary) => isBinary || socket.close(1003))
    admit(context, streamOf(socket), { transport: 'ws', address: addressOf(request.socket) })
  })
  return server
}

/** Writes that gathered while the last was under way leave as one frame. */
function streamOf(socket: WebSocket): Duplex {
  return createWebSocketStream(socket, {
    writev(chunks, done) {
      socket.send(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done)
    },
  })
}

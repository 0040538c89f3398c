import { Decoder, type Packet, Encoder as StockEncoder } from 'socket.io-parser'

/** JSON that is written already, so that one text serves every viewer. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A payload as JSON, once. */
export const rawJson = (payload: unknown): RawJson => new RawJson(JSON.stringify(payload))

/**
 * The stock wire format, without its search for binary parts in every packet (the feed has none), and
 * with ready-made JSON put in as it is.
 */
export class FeedEncoder extends StockEncoder {
  override encode(packet: Packet): string[] {
    const data: unknown = packet.data
    if (!Array.isArray(data) || !data.some((item) => item instanceof RawJson)) return super.encode(packet) as string[]
    const items = data.map((item) => (item instanceof RawJson ? item.text : JSON.stringify(item)))
    const namespace = packet.nsp && packet.nsp !== '/' ? `${packet.nsp},` : ''
    return [`${packet.type}${namespace}${packet.id ?? ''}[${items.join(',')}]`]
  }
}

/** For the `parser` option of the server. */
export const feedParser = { Encoder: FeedEncoder, Decoder }

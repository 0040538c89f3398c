import { type Logger, pino } from 'pino'
import { PinoPretty } from 'pino-pretty'

/**
 * The log of one stage, on standard error: JSON lines, or plain words on a terminal. Written
 * synchronously, so that the last line before a crash is there.
 */
export function createLog(stage: string, level: string): Logger {
  const stream = process.stderr.isTTY
    ? PinoPretty({
        destination: 2,
        sync: true,
        ignore: 'pid,hostname,stage',
        messageFormat: '{stage}: {msg}',
        translateTime: 'SYS:HH:MM:ss',
      })
    : pino.destination({ fd: 2, sync: true })
  return pino({ level, base: { stage }, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}

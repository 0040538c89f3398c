/** The journal holds as much as it may, or its disk does not keep up: nothing can be acknowledged now. */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError'
}

/** Another writer, in this process or another, has the journal open. */
export class JournalLockedError extends Error {
  override readonly name = 'JournalLockedError'
  /** Its message tells a person what to do: no stack is needed. */
  readonly userMessage = true
}

/** What a reader asks for is not there: unlinked, lost, or not of this log. */
export class JournalGapError extends Error {
  override readonly name = 'JournalGapError'
  readonly from: number
  /** Read on from here to lose nothing that is still held. */
  readonly resumeAt: number

  constructor(message: string, from: number, resumeAt: number) {
    super(`${message}; reading can go on at offset ${resumeAt}`)
    this.from = from
    this.resumeAt = resumeAt
  }
}

/** A frame that was on disk no longer has its checksum: the medium or somebody changed it. */
export class JournalCorruptError extends Error {
  override readonly name = 'JournalCorruptError'
  readonly file: string
  readonly offset: number
  /** Start of the next segment, where reading can go on; undefined when there is none yet. */
  readonly resumeAt: number | undefined

  constructor(file: string, position: number, offset: number, resumeAt: number | undefined) {
    super(
      `${file}: the frame at byte ${position} (offset ${offset}) fails its checksum. ` +
        'Restore the file from a copy, or move it away to give up what it holds' +
        (resumeAt === undefined ? '' : `: reading then goes on at offset ${resumeAt}`),
    )
    this.file = file
    this.offset = offset
    this.resumeAt = resumeAt
  }
}

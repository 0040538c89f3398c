const WIDTH = 30

/**
 * Shows how far something long has come: a bar that redraws itself on a terminal, a line every tenth
 * elsewhere.
 */
export function createProgress(title: string, out: NodeJS.WriteStream): (done: number) => void {
  const started = Date.now()
  let tenths = -1
  return (done) => {
    const percent = Math.round(done * 100)
    const seconds = ((Date.now() - started) / 1000).toFixed(0)
    if (out.isTTY) {
      const filled = Math.round(done * WIDTH)
      out.write(
        `\r${title} [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${percent} % ${seconds} s${done >= 1 ? '\n' : ''}`,
      )
    } else if (Math.floor(done * 10) > tenths) {
      tenths = Math.floor(done * 10)
      out.write(`${title} ${percent} % ${seconds} s\n`)
    }
  }
}

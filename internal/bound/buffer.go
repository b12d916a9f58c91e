package bound

import "bytes"

// Buffer keeps what a program prints, up to [Output] bytes. If there is more, Write returns
// an *Exceeded, and os/exec closes the program's output.
type Buffer struct{ content bytes.Buffer }

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	if b.content.Len()+len(p) > Output {
		return 0, &Exceeded{What: "a program's output", Max: Output}
	}
	return b.content.Write(p)
}

// String returns what was kept.
func (b *Buffer) String() string { return b.content.String() }

package bytecode

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/number"
)

//go:embed worker.py
var workerScript string

// worker is a process of the interpreter that compiles one source after another. A request
// consists of the path and the source, each preceded by its length. A reply consists of one
// byte, 0 for code or 1 for the reason why there is none, and the following data, preceded
// by its length. Lengths are 32-bit big-endian numbers.
type worker struct {
	program *exec.Cmd
	release func() // ends what ties the process to this one, after the process has ended
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  *tail
}

// errDead is the error for a worker whose process ended, or was ended, before it replied.
var errDead = errors.New("the interpreter exited early")

// errReplaced is the error for an interpreter whose file is now that of another version.
var errReplaced = errors.New("the interpreter was replaced by another version")

// startWorker starts a process that is ended when life is done, and waits for its first
// line.
func startWorker(ctx, life context.Context, i Interpreter, limit time.Duration) (*worker, error) {
	w := &worker{stderr: &tail{}}
	w.program = exec.CommandContext(life, i.Path, "-s", "-S", "-B", "-W", "ignore", "-c", workerScript)
	w.program.Env = environment()
	w.program.Stderr = w.stderr
	w.program.WaitDelay = time.Second
	in, err := w.program.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := w.program.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.in, w.out = in, bufio.NewReaderSize(out, 64<<10)
	if w.release, err = command.StartInGroup(w.program); err != nil {
		w.release()
		return nil, startError(err)
	}
	var hello string
	err = w.limited(ctx, limit, func() (err error) {
		hello, err = readHello(w.out)
		return err
	})
	if want := i.Version + " " + i.Magic; err == nil && hello != want {
		err = errReplaced
	}
	if err != nil {
		w.kill()
		return nil, fmt.Errorf("%w%s", err, lastLine(w.stderr.String()))
	}
	return w, nil
}

// readHello reads a worker's first line, and returns the version and magic number in it.
func readHello(r *bufio.Reader) (string, error) {
	const most = 100
	var line []byte
	for len(line) < most {
		b, err := r.ReadByte()
		if err != nil {
			return "", errDead
		}
		if b == '\n' {
			break
		}
		line = append(line, b)
	}
	hello, ok := strings.CutPrefix(strings.TrimSuffix(string(line), "\r"), "lamella 1 ")
	if !ok {
		return "", errors.New("the interpreter does not behave like Python")
	}
	return hello, nil
}

// compile lets the worker compile a source. rejected says why the source cannot be
// compiled. After an error, the worker must not be used again.
func (w *worker) compile(ctx context.Context, path string, source []byte, limit time.Duration) (code []byte, rejected string, err error) {
	var status byte
	var body []byte
	err = w.limited(ctx, limit, func() error {
		head := binary.BigEndian.AppendUint32(nil, uint32(len(path)))
		head = append(head, path...)
		head = binary.BigEndian.AppendUint32(head, uint32(len(source)))
		for _, part := range [][]byte{head, source} {
			if _, err := w.in.Write(part); err != nil {
				return errDead
			}
		}
		status, body, err = readReply(w.out)
		return err
	})
	switch {
	case err != nil:
		return nil, "", err
	case status == 0:
		return body, "", nil
	}
	return nil, strings.ToValidUTF8(string(body), "\uFFFD"), nil
}

// maxReply is the maximum size of a reply in bytes. Nothing larger can be a file in a
// layer.
const maxReply = 256 << 20

// readReply reads one reply.
func readReply(r io.Reader) (status byte, body []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, errDead
	}
	size := binary.BigEndian.Uint32(head[1:])
	if head[0] > 1 || size > maxReply {
		return 0, nil, errors.New("the interpreter does not behave like Python")
	}
	var b bytes.Buffer // grows as content arrives, whatever length is announced
	if n, err := io.CopyN(&b, r, int64(size)); err != nil || n != int64(size) {
		return 0, nil, errDead
	}
	return head[0], b.Bytes(), nil
}

// limited calls do, which waits for the worker. If that takes too long or ctx is done, it
// ends the process, which makes do return.
func (w *worker) limited(ctx context.Context, limit time.Duration, do func() error) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(limited, func() {
		command.EndGroup(w.program)
		_ = w.program.Process.Kill()
	})
	err := do()
	switch {
	case stop():
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("the interpreter did not respond within %s", number.Duration(limit))
}

// kill ends the process, which has nothing to save.
func (w *worker) kill() {
	command.EndGroup(w.program)
	_ = w.program.Process.Kill()
	_ = w.program.Wait()
	w.release()
}

// pyc returns the .pyc file, with an unchecked hash (PEP 552), for a worker's reply: the
// hash of the source, followed by the marshalled code.
func pyc(i Interpreter, minor int, reply []byte) ([]byte, error) {
	const hashSize = 8
	magic, err := hex.DecodeString(i.Magic)
	if err != nil || len(magic) != 4 || len(reply) < hashSize {
		return nil, errMarshal
	}
	code, err := canonical(reply[hashSize:], minor)
	if err != nil && minor > newestKnown {
		code, err = reply[hashSize:], nil // this works, but its bytes may differ between runs
	}
	if err != nil {
		return nil, err
	}
	const hashBased = 1 // bit 1, "check the source", is not set
	b := binary.LittleEndian.AppendUint32(magic, hashBased)
	b = append(b, reply[:hashSize]...)
	return append(b, code...), nil
}

// newestKnown is the newest minor version of Python whose code objects package bytecode can
// parse.
const newestKnown = 14

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const maxTail = 4 << 10

// Write implements io.Writer. It never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if len(t.b) > maxTail {
		t.b = append(t.b[:0], t.b[len(t.b)-maxTail:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

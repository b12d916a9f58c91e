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
)

//go:embed worker.py
var workerScript string

// worker is one process of the interpreter that compiles one source after the
// other. A request is the path and the source, each behind its length; a reply is
// one byte, 0 for code and 1 for a reason why there is none, and the length of
// what follows. Lengths are of 32 bits, big-endian.
type worker struct {
	program *exec.Cmd
	release func() // what holds the process to this one, after its end
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  *tail
}

// errDead is a worker whose process ended, or was ended, before it replied.
var errDead = errors.New("it exited")

// startWorker starts a process that ends with life, and waits for its hello.
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
		return nil, err
	}
	var hello string
	err = w.limited(ctx, limit, func() (err error) {
		hello, err = readHello(w.out)
		return err
	})
	if want := i.Version + " " + i.Magic; err == nil && hello != want {
		err = fmt.Errorf("it is no longer Python %s", i.Version)
	}
	if err != nil {
		w.kill()
		return nil, fmt.Errorf("%w%s", err, lastLine(w.stderr.String()))
	}
	return w, nil
}

// readHello reads a worker's first line and returns its version and magic number.
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
		return "", errors.New("it does not respond like Python")
	}
	return hello, nil
}

// compile has the worker compile a source. rejected says why it does not compile.
// After an error the worker is of no use.
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

// maxReply bounds a reply: more is no file of a layer.
const maxReply = 256 << 20

// readReply reads one reply.
func readReply(r io.Reader) (status byte, body []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, errDead
	}
	size := binary.BigEndian.Uint32(head[1:])
	if head[0] > 1 || size > maxReply {
		return 0, nil, errors.New("it does not respond like Python")
	}
	var b bytes.Buffer // grows as content comes, whatever the length says
	if n, err := io.CopyN(&b, r, int64(size)); err != nil || n != int64(size) {
		return 0, nil, errDead
	}
	return head[0], b.Bytes(), nil
}

// limited does what waits for the worker. If that takes too long, or ctx ends, the
// process is ended, which ends the wait.
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
	return fmt.Errorf("it did not respond within %s", limit)
}

// kill ends the process, which has nothing to lose.
func (w *worker) kill() {
	command.EndGroup(w.program)
	_ = w.program.Process.Kill()
	_ = w.program.Wait()
	w.release()
}

// pyc is the file of marshalled code, behind the source's hash as a worker
// replies it: an unchecked-hash .pyc (PEP 552).
func pyc(i Interpreter, minor int, reply []byte) ([]byte, error) {
	const hashSize = 8
	magic, err := hex.DecodeString(i.Magic)
	if err != nil || len(magic) != 4 || len(reply) < hashSize {
		return nil, errMarshal
	}
	code, err := canonical(reply[hashSize:], minor)
	if err != nil && minor > newestKnown {
		code, err = reply[hashSize:], nil // works, though its bytes may differ between runs
	}
	if err != nil {
		return nil, err
	}
	const hashBased = 1 // bit 1, "check the source", is not set
	b := binary.LittleEndian.AppendUint32(magic, hashBased)
	b = append(b, reply[:hashSize]...)
	return append(b, code...), nil
}

// newestKnown is the newest minor version of Python whose code objects are known.
const newestKnown = 14

// tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const maxTail = 4 << 10

// Write never fails.
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

package bytecode

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/packed"
	"github.com/lamella-build/lamella/internal/shared"
)

// fetch fetches what another machine has compiled from the shared cache, and stores it in
// the cache.
func (a *adder) fetch(ctx context.Context, key string) (items []packed.Item, path string, err error) {
	c := a.options.Cache
	name := shared.Bytecode + cache.DerivedName(key)
	found, err := a.options.Shared.Get(ctx, name, bound.Sdist, func(r io.Reader, _ int64) error {
		temp, err := outfile.CreateScratch()
		if err != nil {
			return err
		}
		defer temp.Discard()
		size, err := io.Copy(temp, r)
		if err != nil {
			return err
		}
		if err := Verify(temp, size, a.compiler.interpreter.Magic); err != nil {
			return shared.Wrong(err)
		}
		_, err = c.PutDerived(key, func(w io.Writer) error {
			_, err := io.Copy(w, io.NewSectionReader(temp, 0, size))
			return err
		})
		return err
	})
	if !found || err != nil {
		return nil, "", err
	}
	items, path = packed.Load(c, key)
	return items, path, nil
}

// Verify reads a stored file of size bytes completely, and returns an error if it is
// damaged. It cannot detect bytecode that does not belong to its source. magic is the magic
// number of the interpreter, or "" to accept any.
func Verify(f io.ReaderAt, size int64, magic string) error {
	items := packed.Read(f, size)
	if items == nil {
		return errors.New("it is damaged")
	}
	for k := range items {
		if err := verify(&items[k], f, magic); err != nil {
			return fmt.Errorf("the bytecode of %s %w", items[k].Name, err)
		}
	}
	return nil
}

// headerSize is the length in bytes of the header before the code in a .pyc file (PEP 552).
const headerSize = 16

func verify(i *packed.Item, at io.ReaderAt, magic string) error {
	if i.Rejected != "" {
		return nil
	}
	e := i.Entry(i.Name, "", at)
	if err := e.Check(); err != nil {
		return fmt.Errorf("is damaged: %w", err)
	}
	if i.Size < headerSize {
		return errors.New("is too short")
	}
	r := io.LimitReader(e.Open(), i.Size+1)
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return fmt.Errorf("is damaged: %w", err)
	}
	sum := crc32.NewIEEE()
	_, _ = sum.Write(header)
	n, err := io.Copy(sum, r)
	switch {
	case err != nil:
		return fmt.Errorf("is damaged: %w", err)
	case n+headerSize != i.Size || sum.Sum32() != i.CRC32:
		return errors.New("does not match its size and CRC")
	case magic != "" && hex.EncodeToString(header[:4]) != magic:
		return errors.New("is for another interpreter")
	}
	return nil
}

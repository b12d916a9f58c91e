package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/layer"
)

// checkLimit returns an error if the layer has more than limit bytes unzipped. The hints are
// settings that make the layer smaller, and the error says how much of it is bytecode.
func (v adviser) checkLimit(ctx context.Context, tree *builder.Tree, b Bytecode, limit int64) error {
	err := audit.CheckLimit(tree.Entries, limit)
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	c := *e
	sizes := audit.Measure(tree.Entries)
	if b.Files > 0 {
		c.Details = append([]string{fmt.Sprintf("bytecode: %s in %s", megabytes(b.Bytes), number.Count(b.Files, "file"))}, e.Details...)
		if sizes.Unzipped-b.Bytes <= limit {
			c.Hints = append(c.Hints, "include bytecode only for what a module imports: --bytecode=MODULE", "or build without bytecode, which makes the layer fit: --bytecode=false")
		}
	}
	list, err := v.advise(ctx, sources(tree.Entries), sizes, 1)
	if err != nil {
		return err
	}
	list, saved := enough(list, sizes.Unzipped-limit, limit/100)
	hints, savings := v.settings(list)
	for i, hint := range hints {
		switch {
		case i == 0 && len(c.Hints) > 0, i > 0 && slices.Min(savings) >= sizes.Unzipped-limit:
			hint = "or " + hint
		case i > 0:
			hint = "also " + hint
		}
		c.Hints = append(c.Hints, hint)
	}
	switch left := sizes.Unzipped - saved; {
	case left <= limit:
	case saved == 0:
		c.Hints = append(c.Hints, "exclude a distribution: --exclude NAME", "or split the function in two")
	default:
		c.Hints = append(c.Hints, "exclude a distribution as well, because the layer would still be "+number.Group(left)+" bytes: --exclude NAME", "or split the function in two")
	}
	return &c
}

// sources returns entries without bytecode, which is left out together with its source.
func sources(entries []layer.Entry) []layer.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e layer.Entry) bool { return strings.Contains(e.Name, "/__pycache__/") })
}

// enough returns the advice that saves the most: as much as is needed to save need bytes,
// and everything that saves at least worth bytes, because the function's own code also
// counts towards Lambda's limit.
func enough(list []Advice, need, worth int64) (chosen []Advice, saved int64) {
	slices.SortStableFunc(list, func(a, b Advice) int { return cmp.Compare(b.Bytes, a.Bytes) })
	for _, a := range list {
		if saved >= need && a.Bytes < worth {
			break
		}
		chosen = append(chosen, a)
		saved += a.Bytes
	}
	return chosen, saved
}

// settings returns hints with the settings for list, including those already in use, and
// with what each saves.
func (v adviser) settings(list []Advice) (hints []string, savings []int64) {
	for _, key := range []struct {
		name  string
		what  string
		inUse []string
		of    func(Advice) []string
	}{
		{"slim", "files that functions do not need", v.slim, func(a Advice) []string {
			if a.Slim == "" {
				return nil
			}
			return []string{a.Slim}
		}},
		{"exclude", "the AWS SDK, which the runtime already includes", v.exclude, func(a Advice) []string { return a.Exclude }},
	} {
		values, saved := slices.Clone(key.inUse), int64(0)
		for _, a := range list {
			if more := key.of(a); len(more) > 0 {
				values, saved = append(values, more...), saved+a.Bytes
			}
		}
		if saved == 0 {
			continue
		}
		savings = append(savings, saved)
		switch {
		case v.flags:
			hints = append(hints, fmt.Sprintf("leave out %s: --%s %s   # saves %s", key.what, key.name, strings.Join(values, ","), megabytes(saved)))
		default:
			for i, value := range values {
				values[i] = strconv.Quote(value)
			}
			hints = append(hints, fmt.Sprintf("leave out %s: %s = [%s]   # in [tool.lamella] of pyproject.toml; saves %s", key.what, key.name, strings.Join(values, ", "), megabytes(saved)))
		}
	}
	return hints, savings
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/bytecode"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

// Bytecode describes the bytecode compiled for a layer.
type Bytecode struct {
	Python string `json:"python"` // exact version of the CPython interpreter that compiled the bytecode, such as "3.13.7"
	Files  int    `json:"files"`  // number of .pyc files added or replaced
	Bytes  int64  `json:"bytes"`  // unzipped size of these files, in bytes
}

// wheelInCache matches the file name of a wheel in the cache: its SHA-256.
var wheelInCache = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{64}\.whl$`) })

// compile adds the bytecode to a tree, if the layer has any.
func (p *Project) compile(ctx context.Context, tree *builder.Tree) (Bytecode, error) {
	if len(p.Layer.Bytecode) == 0 {
		return Bytecode{}, nil
	}
	c, err := p.anyCache()
	if err != nil {
		return Bytecode{}, err
	}
	o := bytecode.AddOptions{Cache: c, Wheels: p.cachedWheels(), Doubtful: p.suspicious, Shared: p.shared, Events: p.env.Events}
	return addBytecode(ctx, tree, p.Target, &p.Layer.Build, o, p.env)
}

// anyCache returns the cache, even for an external tool, which does not need one to install.
func (p *Project) anyCache() (*cache.Cache, error) {
	if p.cache != nil {
		return p.cache, nil
	}
	return openCache(p.env)
}

// cachedWheels maps owners to the file names of their wheels in the cache.
func (p *Project) cachedWheels() map[string]string {
	wheels := map[string]string{}
	for owner, path := range p.wheelOf {
		if name := filepath.Base(path); wheelInCache().MatchString(name) {
			wheels[owner] = name
		}
	}
	return wheels
}

// compile adds bytecode to the tree of a folder, if o requests it.
func (o *PackageOptions) compile(ctx context.Context, tree *builder.Tree, env spec.Env) (Bytecode, error) {
	if len(o.Bytecode) == 0 {
		return Bytecode{}, nil
	}
	if o.Runtime == "" {
		return Bytecode{}, &fault.Error{Kind: fault.Usage, Subject: "bytecode", Message: "--bytecode needs a runtime",
			Hints: []string{"choose the runtime of the functions, for example: --bytecode --runtime python3.13"}}
	}
	t, err := target.Parse(o.Runtime, spec.DefaultArchitecture)
	if err != nil {
		return Bytecode{}, err
	}
	c, err := openCache(env)
	if err != nil {
		return Bytecode{}, err
	}
	b := spec.Build{Bytecode: o.Bytecode, BytecodePython: o.BytecodePython}
	if err := checkBytecode(&spec.Layer{Runtime: o.Runtime, Build: b}); err != nil {
		return Bytecode{}, err
	}
	return addBytecode(ctx, tree, t, &b, bytecode.AddOptions{Cache: c, Events: env.Events}, env)
}

func openCache(env spec.Env) (*cache.Cache, error) {
	dir := env.CacheDir
	if dir == "" {
		var err error
		if dir, err = cache.DefaultDir(env.Lookup); err != nil {
			return nil, err
		}
	}
	return cache.Open(dir)
}

// findPython finds a CPython of t's minor version or, if version is not "", of exactly that
// version.
func findPython(ctx context.Context, t target.Target, version string, facts *cache.Cache, env spec.Env) (bytecode.Interpreter, error) {
	return bytecode.Find(ctx, t, bytecode.Options{Version: version, Getenv: env.Lookup, Facts: facts})
}

// addBytecode compiles a tree's sources with a CPython of t's minor version.
func addBytecode(ctx context.Context, tree *builder.Tree, t target.Target, b *spec.Build, o bytecode.AddOptions, env spec.Env) (Bytecode, error) {
	i, err := findPython(ctx, t, b.BytecodePython, o.Cache, env)
	if err != nil {
		return Bytecode{}, withoutBytecode(err, t, b.BytecodePython)
	}
	if !slices.Contains(b.Bytecode, spec.AllSources) {
		imported, err := bytecode.Trace(ctx, i, tree.Entries, b.Bytecode, o.Cache)
		if err != nil {
			return Bytecode{}, err
		}
		o.Only = func(name string) bool { return imported[name] }
	}
	compiler := bytecode.NewCompiler(ctx, i)
	defer compiler.Close()
	added, err := compiler.Add(ctx, tree.Entries, o)
	if err != nil {
		return Bytecode{}, err
	}
	tree.Entries = added.Entries
	tree.CloseWith(added)
	return Bytecode{Python: i.Version, Files: added.Files, Bytes: added.Bytes}, nil
}

// withoutBytecode adds to err why an interpreter is needed, and how to build without one.
func withoutBytecode(err error, t target.Target, version string) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || !errors.Is(err, bytecode.ErrNotFound) {
		return err
	}
	c := *e
	c.Message = fmt.Sprintf("cannot compile the bytecode for %s: %s", t.Runtime, e.Message)
	c.Hints = append(append([]string{}, e.Hints...), "build without bytecode: --bytecode=false")
	if version != "" {
		c.Details = append([]string{"the bytecode is from Python " + version + "; another version may compile different bytes"}, e.Details...)
	}
	return &c
}

var moduleName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*$`) })

// checkBytecode rejects names that are not modules, BytecodePython without Bytecode, and a
// BytecodePython that does not match the runtime.
func checkBytecode(l *spec.Layer) error {
	refuse := func(message string, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Subject: "bytecode-python", Message: message, Hints: hints}
	}
	for _, name := range l.Bytecode {
		if !moduleName().MatchString(name) {
			return refuse(fmt.Sprintf("bytecode must be true, false, or module names, not %q", name), "name the modules that your function imports, for example: --bytecode=fastapi,sqlalchemy")
		}
	}
	switch minor := strings.TrimPrefix(cmp.Or(l.Runtime, "python"), "python"); {
	case l.BytecodePython == "":
		return nil
	case len(l.Bytecode) == 0:
		return refuse(fmt.Sprintf("bytecode-python is %q, but bytecode is off", l.BytecodePython), "turn bytecode on: --bytecode --bytecode-python "+l.BytecodePython)
	case minor != "" && !strings.HasPrefix(l.BytecodePython, minor+"."):
		return refuse(fmt.Sprintf("bytecode-python is %q, but %s cannot load bytecode from that version", l.BytecodePython, l.Runtime), "choose a version of Python "+minor+": --bytecode-python "+minor+".N")
	}
	return nil
}

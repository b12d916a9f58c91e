package oracletest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testindex"
)

// pkg is a package of the index.
type pkg struct {
	name, version  string
	tags           []string // py3-none-any if empty
	requiresPython string
	requires       []string
	extras         []string
}

func (p pkg) write(t *testing.T, dir string) {
	tags := p.tags
	if len(tags) == 0 {
		tags = []string{"py3-none-any"}
	}
	var metadata strings.Builder
	fmt.Fprintf(&metadata, "Metadata-Version: 2.1\nName: %s\nVersion: %s\n", p.name, p.version)
	if p.requiresPython != "" {
		fmt.Fprintf(&metadata, "Requires-Python: %s\n", p.requiresPython)
	}
	for _, extra := range p.extras {
		fmt.Fprintf(&metadata, "Provides-Extra: %s\n", extra)
	}
	for _, r := range p.requires {
		fmt.Fprintf(&metadata, "Requires-Dist: %s\n", r)
	}
	module := strings.NewReplacer("-", "_", ".", "_").Replace(p.name)
	for _, tag := range tags {
		testindex.MakeWheel(t, dir, p.name, p.version, tag, map[string]string{
			module + ".py": "",
			module + "-" + p.version + ".dist-info/METADATA": metadata.String(),
		})
	}
}

// universe has packages with what makes resolutions interesting.
var universe = []pkg{
	{name: "alpha", version: "1.0"},
	{name: "alpha", version: "2.0"},
	{name: "beta", version: "1.0", requires: []string{"alpha>=1"}},
	{name: "gamma", version: "1.0", requires: []string{"alpha<2", "delta; extra == 'fast'", "iota; extra == 'slow' and python_version < '3.12'"}, extras: []string{"fast", "slow"}},
	{name: "delta", version: "1.0"},
	{name: "delta", version: "1.1"},
	{name: "epsilon", version: "1.0", requires: []string{
		"winonly; sys_platform == 'win32'", "maconly; platform_system == 'Darwin'", "posixonly; os_name != 'nt'",
		"tomlish; python_version < '3.11'", "armonly; platform_machine == 'aarch64'", "greenish; platform_machine == 'x86_64' or platform_machine == 'aarch64'",
		"pypyonly; platform_python_implementation == 'PyPy'",
	}},
	{name: "winonly", version: "1.0"},
	{name: "maconly", version: "1.0"},
	{name: "posixonly", version: "1.0"},
	{name: "tomlish", version: "1.0"},
	{name: "armonly", version: "1.0"},
	{name: "greenish", version: "1.0"},
	{name: "pypyonly", version: "1.0"},
	{name: "native", version: "1.0", tags: []string{
		"cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64", "cp39-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64", "cp39-abi3-macosx_11_0_arm64", "cp39-abi3-win_amd64",
	}, requires: []string{"cyc-one"}},
	{name: "eta", version: "1.0", requiresPython: ">=3.8", requires: []string{"delta<1.1"}},
	{name: "eta", version: "2.0", requiresPython: ">=3.12", requires: []string{"delta"}},
	{name: "theta", version: "1.0", requires: []string{"iota; extra == 'a'", "kappa>=1; extra == 'b'", "theta[a,b]; extra == 'all'"}, extras: []string{"a", "b", "all"}},
	{name: "iota", version: "1.0"},
	{name: "kappa", version: "1.0", requires: []string{"Lam.bda_pkg"}},
	{name: "Lam.bda_pkg", version: "3.0.0"},
	{name: "cyc-one", version: "1.0", requires: []string{"cyc_two"}},
	{name: "cyc-two", version: "1.0", requires: []string{"Cyc.One>=1"}},
	{name: "pre", version: "2.0rc1"},
	{name: "pre", version: "1.0.post1"},
	{name: "testing", version: "8.0", requires: []string{"pluggy-like", "tomlish; python_version < '3.11'"}},
	{name: "pluggy-like", version: "1.5"},
	{name: "linting", version: "0.9"},
	{name: "local", version: "1.0"},
	{name: "direct", version: "1.0", requires: []string{"delta"}},
}

package installer

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/lamella-build/lamella/internal/container"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/shell"
)

// inside is the path of the staging folder in every container. It is fixed, so that builds
// do not depend on where lamella runs.
const inside = "/lamella/stage"

// runInside runs the tool in a container of o.Engine.
func (o *Options) runInside(ctx context.Context, s *stage) error {
	p := place{root: inside, project: inside + "/" + slashed(s.project), join: unixJoin, python: `$python`, tool: []string{"$tool"}}
	run := container.Run{
		Image: o.Image, Platform: o.platformOf(),
		Mounts: []container.Mount{{Source: s.root, Target: inside}},
		Env: map[string]string{
			"PIP_CACHE_DIR": inside + "/" + cacheDir, "UV_CACHE_DIR": inside + "/" + cacheDir, "POETRY_CACHE_DIR": inside + "/" + cacheDir,
		},
		Secrets: map[string]string{}, Dir: p.project,
		Command: []string{"/bin/sh", "-c", o.script(p)},
		Timeout: o.Timeout, Op: "install", Subject: o.subject(), Action: o.action(),
	}
	if run.Image == "" {
		run.Image = container.BuildImage(o.Target.Runtime, o.Target.Architecture)
	}
	for _, variable := range o.env(p) {
		name, value, _ := strings.Cut(variable, "=")
		run.Env[name] = value
	}
	for _, variable := range o.Env.Vars {
		name, value, _ := strings.Cut(variable, "=")
		run.Secrets[name] = value
	}
	if o.Env.Netrc != "" {
		run.HomeFiles = map[string]string{".netrc": o.Env.Netrc}
	}
	for _, folder := range o.Links {
		if filepath.IsAbs(folder) && runtime.GOOS != "windows" {
			run.Mounts = append(run.Mounts, container.Mount{Source: folder, Target: folder, ReadOnly: true})
		}
	}
	run.AddSurroundings(o.Env.Getenv)
	return o.Engine.Run(ctx, run, o.Events)
}

// script returns the shell script for the container. The script checks that the image is for
// the target, installs the tool if the image lacks it, and runs the tool's commands.
func (o *Options) script(p place) string {
	lines := []string{
		"set -e", "umask 022",
		"fail() { echo \"lamella: $1\" >&2; exit 1; }",
		// The target's Python may have any of these names.
		"python=",
		`for name in ` + o.Target.Runtime + ` python3 python; do`,
		`  if [ "$($name -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = ` + o.version() + ` ]; then python=$(command -v $name); break; fi`,
		`done`,
		`[ -n "$python" ] || fail "the image has no Python ` + o.version() + `; use another image: --image IMAGE"`,
		`machine=$("$python" -c 'import platform; print(platform.machine())')`,
		`[ "$machine" = ` + o.Target.Machine + ` ] || fail "the image is for $machine, but the target is ` + o.Target.Machine + `; use another image: --image IMAGE"`,
	}
	tool := string(o.Tool)
	if o.Tool != index.Pip {
		lines = append(lines,
			`tool=$(command -v `+tool+`) || {`,
			`  "$python" -m venv `+inside+`/tool && `+inside+`/tool/bin/python -m pip install --quiet '`+tool+`>=`+toolInContainer[o.Tool]+`' || fail "`+tool+` is not in the image and could not be installed there"`,
			`  tool=`+inside+`/tool/bin/`+tool,
			`}`)
	}
	for _, args := range o.commands(p) {
		lines = append(lines, o.shellLine(args))
	}
	return strings.Join(lines, "\n")
}

// toolInContainer maps tools to the versions to install if an image lacks the tool. These
// versions can read current lock files.
var toolInContainer = map[index.Tool]string{index.Poetry: "2.1.1,<3", index.UV: "0.8"}

// shellLine quotes a command for the shell, except for the script's variables "$tool" and
// "$python".
func (o *Options) shellLine(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		switch arg {
		case "$python":
			words[i] = `"$python"`
		case "$tool":
			words[i] = `"$tool"`
			if o.Tool == index.Pip {
				words[i] = `"$python" -m pip`
			}
		default:
			words[i] = shell.Quote(arg)
		}
	}
	return strings.Join(words, " ")
}

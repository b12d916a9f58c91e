package installer

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/container"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/target"
)

// minimum maps tools to the oldest version that works: pip 20.3 queries _manylinux according
// to PEP 600, Poetry 1.2 has --only, and uv 0.8 has --python-platform for sync, with
// manylinux_2_34.
var minimum = map[index.Tool]string{index.Pip: "20.3", index.Poetry: "1.2", index.UV: "0.8"}

// update maps tools to the commands that update them.
var update = map[index.Tool]string{
	index.Pip: "python3 -m pip install --upgrade pip", index.Poetry: "poetry self update", index.UV: "uv self update",
}

// place is where a tool runs: the paths of the staging folder and of the programs.
type place struct {
	root    string   // of the staging folder
	project string   // the working folder
	tool    []string // the program and its first arguments
	python  string   // a Python of the target's minor version
	foreign bool     // whether this machine differs from the target, so that nothing can be built from source
	join    func(...string) string
}

// commands returns the commands to run in the working folder, in order. They have the same
// arguments as in aws_lambda_artifact_builder, and other arguments that exclude the user's
// configuration and the development dependencies in the lock file.
func (o *Options) commands(p place) [][]string {
	switch o.Tool {
	case index.Pip:
		return [][]string{append(slices.Clone(p.tool), "install", "--no-compile", "-r", o.Lock.Name, "-t", p.join(p.root, targetDir))}
	case index.Poetry:
		args := append(slices.Clone(p.tool), "install", "--no-root", "--no-interaction", "--only", o.poetryGroups())
		if o.AllExtras {
			args = append(args, "--all-extras")
		}
		for _, extra := range o.Extras {
			args = append(args, "--extras", extra)
		}
		return [][]string{
			{p.python, "-m", "venv", "--without-pip", p.join(p.project, ".venv")},
			args,
		}
	}
	args := append(slices.Clone(p.tool), "sync", "--frozen", "--no-install-project", "--no-editable", "--link-mode=copy",
		"--python", p.python, "--python-platform", uvPlatform(o.Target))
	if !slices.Contains(slices.Concat(o.Groups, o.OnlyGroups), "dev") {
		args = append(args, "--no-dev")
	}
	if p.foreign {
		args = append(args, "--no-build")
	}
	for _, option := range []struct {
		name   string
		values []string
	}{{"--extra", o.Extras}, {"--group", o.Groups}, {"--only-group", o.OnlyGroups}} {
		for _, value := range option.values {
			args = append(args, option.name, value)
		}
	}
	if o.AllExtras {
		args = append(args, "--all-extras")
	}
	// Otherwise, uv adds the group "dev" and the groups in default-groups of [tool.uv].
	if len(o.OnlyGroups) == 0 {
		args = append(args, "--no-default-groups")
	}
	if o.Package != "" {
		args = append(args, "--package", o.Package)
	}
	return [][]string{args}
}

func (o *Options) poetryGroups() string {
	if len(o.OnlyGroups) > 0 {
		return strings.Join(o.OnlyGroups, ",")
	}
	groups := slices.Clone(o.Groups)
	if !o.NoDefaultGroups {
		groups = append([]string{"main"}, groups...)
	}
	return strings.Join(groups, ",")
}

// uvPlatform returns the newest of uv's platforms that works on the target. uv has no
// platforms for a glibc between 2.17 and 2.28.
func uvPlatform(t target.Target) string {
	glibc := 17
	for _, known := range []int{28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40} {
		if known <= t.GlibcMinor {
			glibc = known
		}
	}
	return fmt.Sprintf("%s-manylinux_2_%d", t.Machine, glibc)
}

// env returns the environment variables that are not secret, as "NAME=value". They override
// settings that the user may have for the project itself.
func (o *Options) env(p place) []string {
	env := []string{
		"VIRTUAL_ENV=", "CONDA_PREFIX=", "PYTHONHOME=", "PYTHONPATH=" + p.join(p.root, supportDir), "NO_COLOR=1",
		"TMPDIR=" + p.join(p.root, tempDir), "TEMP=" + p.join(p.root, tempDir), "TMP=" + p.join(p.root, tempDir),
		"SOURCE_DATE_EPOCH=315532800", // 1980-01-01, as in the zip
	}
	switch o.Tool {
	case index.Pip:
		return append(env,
			"PIP_NO_INPUT=1", "PIP_USER=0", "PIP_REQUIRE_VIRTUALENV=0", "PIP_DISABLE_PIP_VERSION_CHECK=1",
			"PIP_PROGRESS_BAR=off", "PIP_ROOT_USER_ACTION=ignore", "PIP_NO_COLOR=1")
	case index.Poetry:
		return append(env, "POETRY_VIRTUALENVS_CREATE=true", "POETRY_VIRTUALENVS_IN_PROJECT=true", "POETRY_NO_INTERACTION=1")
	}
	return append(env, "UV_PROJECT_ENVIRONMENT="+p.join(p.project, ".venv"), "UV_PYTHON_DOWNLOADS=never",
		"UV_NO_INSTALLER_METADATA=1", "UV_COMPILE_BYTECODE=0", "UV_NO_PROGRESS=1")
}

// tooOld returns an error for a version below the minimum.
func (o *Options) tooOld(version string) error {
	have, err := pep440.Parse(version)
	if err != nil {
		return nil // a custom build
	}
	need, err := pep440.Parse(minimum[o.Tool])
	if err != nil || have.Compare(need) >= 0 {
		return err
	}
	return &fault.Error{Kind: fault.Machine, Subject: string(o.Tool) + " " + version,
		Message: fmt.Sprintf("%s %s is too old: lamella needs %s or newer", o.Tool, version, minimum[o.Tool]),
		Hints:   []string{"upgrade it: " + update[o.Tool], withoutTool}}
}

// explain adds hints to the error of a tool that failed.
func (o *Options) explain(ctx context.Context, err error) error {
	var e *fault.Error
	if ctx.Err() != nil || !errors.As(err, &e) || len(e.Hints) > 0 {
		return err
	}
	output := strings.ToLower(strings.Join(e.Details, "\n"))
	has := func(texts ...string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(output, text) })
	}
	switch {
	case has("no space left on device", "disk quota exceeded"):
		e.Hints = append(e.Hints, "free up disk space, or use another temporary folder: export TMPDIR=/path/to/folder")
	case has("401", "403", "unauthorized", "forbidden", "authentication"):
		e.Hints = append(e.Hints, "set the credentials: export UV_INDEX_NAME_USERNAME=USER UV_INDEX_NAME_PASSWORD=PASSWORD   # NAME is the name of the index", "check which credentials lamella finds: lamella doctor")
	case has("unexpected argument", "no such option", "option does not exist"):
		e.Hints = append(e.Hints, "upgrade "+string(o.Tool)+": "+update[o.Tool])
	case has("pyproject.toml changed significantly", "lock file is not up to date", "needs to be updated"):
		e.Hints = append(e.Hints, "update the lock file: "+o.Lock.Relock())
	case errors.Is(err, command.ErrTimeout):
		e.Hints = append(e.Hints, "allow more time: --build-timeout "+number.Duration(2*o.Timeout))
	}
	if o.Engine == nil && has("failed to build", "error: command", "building wheel", "gcc", "compil") {
		e.Hints = append(e.Hints, "build in the target's build image: --container")
	}
	e.Hints = append(e.Hints, "run the same command again with -v to see all of the builder's output", withoutTool)
	return e
}

// platformOf returns the platform of a container for the target.
func (o *Options) platformOf() string { return container.Platform(o.Target.Architecture) }

func (o *Options) version() string { return "3." + strconv.Itoa(o.Target.Minor) }

// unixJoin joins paths in a container.
func unixJoin(parts ...string) string { return path.Join(parts...) }

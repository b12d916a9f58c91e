package index

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/textfile"
)

// pipConfiguration reads pip's configuration files. Later files in pipConfigFiles override
// earlier ones, key by key.
func pipConfiguration(goos string, env func(string) string) (Settings, error) {
	values, from := map[string]string{}, map[string]string{} // from: the paths of the files
	for _, path := range pipConfigFiles(goos, env) {
		content, err := textfile.Read(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return Settings{}, configFault(path, err)
		}
		if lines := bytes.Count(content, []byte("\n")); lines > bound.ConfigLines {
			return Settings{}, configFault(path, fmt.Errorf("it has %s lines, but lamella reads at most %s", number.Group(int64(lines)), number.Group(bound.ConfigLines)), "shorten "+path)
		}
		sections, err := parseINI(string(content))
		if err != nil {
			return Settings{}, configFault(path, err)
		}
		// The section of a command overrides [global]. lamella does what these two commands
		// do.
		for _, name := range []string{"global", "download", "install"} {
			for key, value := range sections[name] {
				values[pipKey(key)], from[pipKey(key)] = value, path
			}
		}
	}
	option := func(key string) Option { return Option{values[key], key + " in " + from[key]} }
	return Settings{
		URL:       first(values["index-url"], values["pypi-url"]),
		ExtraURLs: strings.Fields(values["extra-index-url"]),
		FindLinks: strings.Fields(values["find-links"]),
		NoIndex:   isTrue(values["no-index"]),
		Network: Network{CA: option("cert"), ClientCert: option("client-cert"), Proxy: option("proxy"),
			Trusted: strings.Fields(values["trusted-host"])},
	}, nil
}

// pipKey normalizes a key as pip does: "--Index_URL" becomes "index-url".
func pipKey(key string) string {
	return strings.TrimPrefix(strings.ReplaceAll(strings.ToLower(key), "_", "-"), "--")
}

// pipConfigFiles returns the paths of pip's configuration files, least important first
// (pip's manual, "Configuration"): those of the machine, the user, and the virtual
// environment, and $PIP_CONFIG_FILE. If the latter is the null device, pip reads none of
// them.
func pipConfigFiles(goos string, env func(string) string) []string {
	if env("PIP_CONFIG_FILE") == os.DevNull {
		return nil
	}
	home := homeDir(goos, env)
	var paths []string
	add := func(folder string, rest ...string) {
		if folder != "" {
			paths = append(paths, filepath.Join(append([]string{folder}, rest...)...))
		}
	}
	switch goos {
	case "windows":
		add(env("PROGRAMDATA"), "pip", "pip.ini")
		add(home, "pip", "pip.ini")
		add(env("APPDATA"), "pip", "pip.ini")
		add(env("VIRTUAL_ENV"), "pip.ini")
	default:
		if goos == "darwin" {
			add("/Library/Application Support/pip", "pip.conf")
		} else {
			for _, dir := range filepath.SplitList(or(env("XDG_CONFIG_DIRS"), "/etc/xdg")) {
				add(dir, "pip", "pip.conf")
			}
			add("/etc", "pip.conf")
		}
		add(home, ".pip", "pip.conf")
		if xdg := env("XDG_CONFIG_HOME"); xdg != "" {
			add(xdg, "pip", "pip.conf")
		} else if home != "" {
			add(home, ".config", "pip", "pip.conf")
		}
		if goos == "darwin" && home != "" {
			add(home, "Library", "Application Support", "pip", "pip.conf")
		}
		add(env("VIRTUAL_ENV"), "pip.conf")
	}
	add(env("PIP_CONFIG_FILE"))
	return paths
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// parseINI parses the dialect of Python's RawConfigParser: [section]; "key = value" or
// "key: value"; lines that are indented deeper than their key, which continue its value;
// and whole-line comments that start with # or ;. It converts keys to lower case. The
// result maps sections to keys to values. The lines of a value are separated by newlines.
func parseINI(content string) (map[string]map[string]string, error) {
	sections := map[string]map[string]string{}
	var section map[string]string
	key, keyIndent := "", 0
	var more strings.Builder // continuation lines of key's value, each preceded by a newline
	end := func() {
		if more.Len() > 0 {
			section[key] += more.String()
			more.Reset()
		}
	}
	for i, line := range strings.Split(content, "\n") {
		text := strings.TrimSpace(line)
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if section != nil && key != "" && indent > keyIndent {
			more.WriteString("\n" + text)
			continue
		}
		end()
		if text[0] == '[' {
			bracket := strings.IndexByte(text, ']')
			if bracket < 0 {
				return nil, fmt.Errorf("line %d: the section name has no \"]\"", i+1)
			}
			name := text[1:bracket]
			if sections[name] == nil {
				sections[name] = map[string]string{}
			}
			section, key = sections[name], ""
			continue
		}
		if section == nil {
			return nil, fmt.Errorf("line %d: expected a [section] first", i+1)
		}
		at := strings.IndexAny(text, "=:")
		if at <= 0 { // the line itself may contain a password
			return nil, fmt.Errorf("line %d: expected key = value", i+1)
		}
		key, keyIndent = strings.ToLower(strings.TrimSpace(text[:at])), indent
		section[key] = strings.TrimSpace(text[at+1:])
	}
	end()
	return sections, nil
}

package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

const download = homepage + "/releases/download/v"

// cask writes the Homebrew cask, for macOS and Linux.
func (r *release) cask() error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	sum := func(os, arch string) string { return r.sums[r.archiveName(platform{os: os, arch: arch})] }
	line(`cask "lamella" do`)
	line(`  arch arm: "arm64", intel: "amd64"`)
	line(`  os macos: "darwin", linux: "linux"`)
	line(``)
	line(`  version %q`, r.Version)
	line(`  sha256 arm:          %q,`, sum("darwin", "arm64"))
	line(`         intel:        %q,`, sum("darwin", "amd64"))
	line(`         arm64_linux:  %q,`, sum("linux", "arm64"))
	line(`         x86_64_linux: %q`, sum("linux", "amd64"))
	line(``)
	line(`  url "%s#{version}/lamella_#{version}_#{os}_#{arch}.tar.gz"`, download)
	line(`  name "lamella"`)
	line(`  desc %q`, summary)
	line(`  homepage %q`, homepage)
	line(``)
	line(`  binary "lamella"`)
	line(`  bash_completion "completions/lamella.bash"`)
	line(`  fish_completion "completions/lamella.fish"`)
	line(`  zsh_completion "completions/_lamella"`)
	for _, page := range manPages(r.Version) {
		line(`  manpage %q`, page.name)
	}
	line(``)
	line(`  # The program is not notarized by Apple; Homebrew has checked its SHA-256.`)
	line(`  postflight do`)
	line(`    if OS.mac?`)
	line(`      system_command "/usr/bin/xattr", args: ["-dr", "com.apple.quarantine", "#{staged_path}/lamella"]`)
	line(`    end`)
	line(`  end`)
	line(`end`)
	return r.write("homebrew/lamella.rb", []byte(b.String()))
}

// scoop writes the Scoop manifest, for Windows.
func (r *release) scoop() error {
	type address struct {
		URL  string `json:"url"`
		Hash string `json:"hash,omitempty"`
	}
	both := func(version string, hash func(name string) string) map[string]address {
		addresses := map[string]address{}
		for key, arch := range map[string]string{"64bit": "amd64", "arm64": "arm64"} {
			name := "lamella_" + version + "_windows_" + arch + ".zip"
			addresses[key] = address{URL: download + version + "/" + name, Hash: hash(name)}
		}
		return addresses
	}
	manifest := struct {
		Version      string             `json:"version"`
		Description  string             `json:"description"`
		Homepage     string             `json:"homepage"`
		License      string             `json:"license"`
		Architecture map[string]address `json:"architecture"`
		Bin          string             `json:"bin"`
		CheckVer     string             `json:"checkver"`
		AutoUpdate   map[string]any     `json:"autoupdate"`
	}{
		r.Version, summary, homepage, licence,
		both(r.Version, func(name string) string { return r.sums[name] }), "lamella.exe", "github",
		map[string]any{
			"architecture": both("$version", func(string) string { return "" }),
			"hash":         map[string]string{"url": download + "$version/checksums.txt"},
		},
	}
	content, err := json.MarshalIndent(manifest, "", "    ")
	if err != nil {
		return err
	}
	return r.write("scoop/lamella.json", append(content, '\n'))
}

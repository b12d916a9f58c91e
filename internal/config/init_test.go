package config

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

func TestInitOfNoFileOfTheProject(t *testing.T) {
	fifo := func(path string) error { return exec.Command("mkfifo", path).Run() }
	for name, place := range map[string]func(path string) error{
		"link out":      func(path string) error { return os.Symlink(filepath.Join("..", "elsewhere.toml"), path) },
		"link to none":  func(path string) error { return os.Symlink("none.toml", path) },
		"link to a dir": func(path string) error { return os.Symlink(".", path) },
		"link to a device": func(path string) error {
			if _, err := os.Stat("/dev/zero"); err != nil {
				return err
			}
			return os.Symlink("/dev/zero", path)
		},
		"folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"pipe":   fifo,
		"link to a pipe": func(path string) error {
			return errors.Join(fifo(path+".pipe"), os.Symlink("pyproject.toml.pipe", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			elsewhere, dir := filepath.Join(parent, "elsewhere.toml"), filepath.Join(parent, "project")
			if err := errors.Join(os.WriteFile(elsewhere, nil, 0o600), os.Mkdir(dir, 0o700)); err != nil {
				t.Fatal(err)
			}
			if err := place(filepath.Join(dir, "pyproject.toml")); err != nil {
				t.Skip(err)
			}
			_ = fifo(filepath.Join(dir, ".python-version"))
			if about := ReadProject(dir); about.Name != "project" || about.PythonVersion != "" {
				t.Errorf("got %+v", about)
			}
			if path, err := Init(dir, Starter{}.Sample); catalogue.KindOf(err) != fault.Usage {
				t.Errorf("got %s, %v", path, err)
			}
			if info, err := os.Stat(elsewhere); err != nil || info.Size() > 0 {
				t.Errorf("the file elsewhere has another content, %v", err)
			}
			for _, made := range []string{"lamella.toml", "none.toml"} {
				if _, err := os.Lstat(filepath.Join(dir, made)); err == nil {
					t.Errorf("%s was made", made)
				}
			}
		})
	}
}

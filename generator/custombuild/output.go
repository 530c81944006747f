package custombuild

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// checkOutput refuses early what could not be written at the end.
func (b Build) checkOutput() error {
	info, err := os.Stat(b.Output)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a folder: name the file, such as %s", b.Output, filepath.Join(b.Output, "stage6"))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	folder := filepath.Dir(b.Output)
	if _, err := os.Stat(folder); err != nil {
		return fmt.Errorf("%w: make it with mkdir -p %s", err, folder)
	}
	return nil
}

// install puts a program where it is wanted, whole or not at all, also in the
// place of one that runs, and gives its size in octets.
func install(program, output string) (size int64, err error) {
	from, err := os.Open(program)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(output), ".stage6-")
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(to, from)
	err = errors.Join(err, to.Chmod(0o755), to.Close())
	if err == nil {
		err = os.Rename(to.Name(), output)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(to.Name()))
	}
	return size, nil
}

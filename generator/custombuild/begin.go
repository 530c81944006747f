package custombuild

import (
	"context"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/stage6/stage6/generator/pluginlist"
)

// stepBegin is that of a plugin that is begun.
const stepBegin = "new"

// Begin makes the folder a module of that path, which uses this stage6 and has
// the generator as a tool.
func (s Stage6) Begin(ctx context.Context, folder, path string) error {
	w := workspace{dir: folder, stage6: s}
	mod, err := w.authorMod(path)
	if err != nil {
		return err
	}
	sum, err := w.goSum()
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"go.mod": mod, "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	g := goCommand{step: stepBegin, dir: folder} // completes go.mod with what is imported
	_, err = g.run(ctx, "list", "-mod=mod", "-test", "-deps", "./...", "tool")
	return err
}

// authorMod is the go.mod of a plugin that uses this stage6.
func (w workspace) authorMod(path string) ([]byte, error) {
	language, err := w.language()
	if err != nil {
		return nil, err
	}
	f := &modfile.File{Syntax: &modfile.FileSyntax{}}
	if err := f.AddModuleStmt(path); err != nil {
		return nil, err
	}
	if err := f.AddGoStmt(language); err != nil {
		return nil, err
	}
	if err := f.AddTool(pluginlist.Stage6 + "/generator"); err != nil {
		return nil, err
	}
	f.AddNewRequire(pluginlist.Stage6, w.stage6.Version, false)
	if w.stage6.Local {
		if err := f.AddReplace(pluginlist.Stage6, "", w.stage6.Dir, ""); err != nil {
			return nil, err
		}
	}
	return f.Format()
}

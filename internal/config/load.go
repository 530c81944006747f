package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/afero"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/stage6/stage6/internal/strict"
)

// places is where a configuration is looked for, in this order.
func places() []string {
	return []string{"config.yml", "config.yaml", "/etc/stage6/config.yml", "/etc/stage6/config.yaml"}
}

// setting is a scalar of the file that a flag and an environment variable can
// set, too.
type setting struct {
	key   string // in the file
	usage string
	into  func(*File) any
}

func settings() []setting {
	return []setting{
		{"leases", "where leases are kept: a directory, or memory", func(f *File) any { return &f.Leases }},
		{"api", "where the API answers: unix:PATH, and http://[ADDRESS]:PORT for installers", func(f *File) any { return &f.API }},
		{"user", "whom root becomes", func(f *File) any { return &f.User }},
		{"log.level", "error, warn, info, debug or trace", func(f *File) any { return &f.Log.Level }},
		{"log.format", "text or json", func(f *File) any { return &f.Log.Format }},
	}
}

func (s setting) flag() string { return strings.ReplaceAll(s.key, ".", "-") }

func (s setting) variable() string {
	return "STAGE6_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// AddFlags adds the flags that Load looks at.
func AddFlags(flags *pflag.FlagSet) {
	flags.StringP("config", "c", "", "configuration file; else STAGE6_CONFIG, ./config.yml, /etc/stage6/config.yml")
	for _, s := range settings() {
		flags.String(s.flag(), "", s.usage+"; else "+s.variable()+", else as the configuration has it")
	}
}

// Load finds the configuration and reads it. What flags or the environment set
// takes the place of what the file says, flags first.
func Load(flags *pflag.FlagSet) (File, error) { return load(flags, afero.NewOsFs()) }

// load is Load from a file system.
func load(flags *pflag.FlagSet, fsys afero.Fs) (File, error) {
	read := &reader{}
	v := viper.NewWithOptions(viper.WithFinder(read), viper.WithDecoderRegistry(read))
	v.SetFs(fsys)
	v.SetConfigType("yml")
	if err := bind(v, flags); err != nil {
		return File{}, err
	}
	if path := v.GetString("config"); path != "" {
		v.SetConfigFile(path)
		if err := checkFile(fsys, path); err != nil {
			return File{}, err
		}
	}
	read.path = v.ConfigFileUsed
	if err := v.ReadInConfig(); err != nil {
		return File{}, readError(read, err)
	}
	if err := override(v, flags, &read.file); err != nil {
		return File{}, err
	}
	return read.file, nil
}

// maxFile is how many octets a configuration may have.
const maxFile = 16 << 20

// checkFile refuses what cannot be a configuration, before it is read as a
// whole. A pipe can be one; a file that is not there is left to who reads it.
func checkFile(fsys afero.Fs, path string) error {
	info, err := fsys.Stat(path)
	switch {
	case err != nil:
		return nil
	case info.Mode()&fs.ModeDevice != 0:
		return fmt.Errorf("configuration: %s is a device, want a file", path)
	case info.Size() > maxFile:
		return fmt.Errorf("configuration: %s has %d octets, want at most %d: known machines can be in files of their own (hosts: hosts.yml)", path, info.Size(), maxFile)
	}
	return nil
}

// bind tells v about flags and variables.
func bind(v *viper.Viper, flags *pflag.FlagSet) error {
	all := append(settings(), setting{key: "config"})
	for _, s := range all {
		err := v.BindEnv(s.key, s.variable())
		if f := flags.Lookup(s.flag()); f != nil {
			err = errors.Join(err, v.BindPFlag(s.key, f))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// override sets in f what flags or variables set.
func override(v *viper.Viper, flags *pflag.FlagSet, f *File) error {
	var errs []error
	for _, s := range settings() {
		if !v.IsSet(s.key) {
			continue
		}
		origin := s.variable()
		if flags.Changed(s.flag()) {
			origin = "--" + s.flag()
		}
		errs = append(errs, strict.Decode(strict.Scalar(origin, "", v.GetString(s.key)), s.into(f)))
	}
	return strict.Join(errs...)
}

// readError prefers what we know about a file over what viper makes of it.
func readError(read *reader, err error) error {
	if read.err != nil {
		return read.err
	}
	var missing viper.ConfigFileNotFoundError
	if errors.As(err, &missing) {
		return fmt.Errorf("no configuration: looked for %s; name one with --config or STAGE6_CONFIG", strings.Join(places(), ", "))
	}
	return fmt.Errorf("configuration: %w", err)
}

// reader finds and decodes the file for viper. What it decodes does not go
// through viper, which would lose case, order and places.
type reader struct {
	path func() string
	file File
	err  error
}

// Find gives the first of the places that is a file.
func (r *reader) Find(fsys afero.Fs) ([]string, error) {
	for _, path := range places() {
		info, err := fsys.Stat(path)
		switch {
		case err == nil && !info.IsDir():
			return []string{path}, nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return nil, nil
}

// Decoder gives r, whatever the format.
func (r *reader) Decoder(string) (viper.Decoder, error) { return r, nil }

// Decode parses the file. Viper gets nothing of it.
func (r *reader) Decode(data []byte, _ map[string]any) error {
	r.file, r.err = Parse(r.path(), data)
	return r.err
}

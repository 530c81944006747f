package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stage6/stage6/api"
)

func (p *program) poolsCommand() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "pools [PLUGIN...]",
		Short: "Show the pools and how much of each is in use",
		Long: `Show each pool of addresses, and each of prefixes for delegation: what it consists
of, how much of it is leased, held for clients, given back or found in use, and how
much anybody can get. Names are those of plugins in the configuration.`,
		Example:           "  stage6 pools\n  stage6 pools pool --json",
		ValidArgsFunction: p.completePools,
		RunE:              func(c *cobra.Command, args []string) error { return p.showPools(c.Context(), args, asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (p *program) showPools(ctx context.Context, names []string, asJSON bool) error {
	c, err := p.client()
	if err != nil {
		return err
	}
	list, err := c.Pools(ctx)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		list.Pools = slices.DeleteFunc(list.Pools, func(pool api.Pool) bool {
			return !slices.ContainsFunc(names, func(n string) bool { return n == pool.Plugin || slices.Contains(pool.Also, n) })
		})
		if len(list.Pools) == 0 {
			return &api.NotFoundError{What: "a pool of " + strings.Join(names, ", ")}
		}
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(list.Pools)
	}
	return p.printPools(list.Pools)
}

func (p *program) printPools(pools []api.Pool) error {
	if len(pools) == 0 {
		fmt.Fprintln(p.stdout, "no pools")
		return nil
	}
	rows := [][]string{{"PLUGIN", "RANGE", "LINK", "SIZE", "ACTIVE", "OFFERED", "RESTING", "RESERVED", "FREE", "USED"}}
	for i := range pools {
		x := &pools[i]
		rows = append(rows, []string{
			strings.Join(append([]string{x.Plugin}, x.Also...), ","), rangeOf(x), dash(strings.Join(x.Links, ",")), number(x.Size), number(x.Active),
			number(x.Offered), number(new(big.Int).Add(x.Released, x.Declined)), number(x.Reserved), number(x.Free), fmt.Sprintf("%.1f%%", 100*x.Used),
		})
	}
	return printTable(p.stdout, terminalWidth(p.stdout), rows)
}

// rangeOf tells what a pool consists of, with the lengths that are delegated.
func rangeOf(x *api.Pool) string {
	text := strings.Join(x.Ranges, ",")
	if x.Kind == "prefix" {
		for i, length := range x.Lengths {
			text += [2]string{" as /", ",/"}[min(i, 1)] + fmt.Sprint(length)
		}
	}
	return text
}

// number writes a number, a very large one by its power of two or of ten.
func number(n *big.Int) string {
	if n == nil {
		return "-"
	}
	if n.BitLen() <= 32 {
		return n.String()
	}
	if power := n.BitLen() - 1; new(big.Int).Lsh(big.NewInt(1), uint(power)).Cmp(n) == 0 {
		return fmt.Sprintf("2^%d", power)
	}
	f, _ := new(big.Float).SetInt(n).Float64()
	return fmt.Sprintf("%.3g", f)
}

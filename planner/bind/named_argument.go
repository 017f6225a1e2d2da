package bind

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/mediaflight/mediaflight/planner/parse"
)

// zeroUnlessGiven are the functions whose arguments are 0 where a call leaves them out.
var zeroUnlessGiven = map[string]bool{"make_interval": true}

// inOrder puts the arguments of a call such as make_interval(days => 10) in the function's order. Calls without names stay as they
// are.
func (s *binding) inOrder(name string, args []*pg.Node) ([]*pg.Node, error) {
	first := slices.IndexFunc(args, func(n *pg.Node) bool { return n.GetNamedArgExpr() != nil })
	if first < 0 {
		return args, nil
	}
	names := s.argumentNames(name)
	out := slices.Clone(args[:first])
	for _, n := range args[first:] {
		arg := n.GetNamedArgExpr()
		if arg == nil {
			return nil, fault(s.where(n), "42601", "positional argument cannot follow named argument")
		}
		i := slices.Index(names, arg.Name)
		switch {
		case i < 0 && len(names) == 0:
			return nil, missing(s.pos(arg.Location), "a named argument of "+name, "give the arguments in their order")
		case i < 0:
			return nil, hint(fault(s.pos(arg.Location), "42883", "function %s has no argument named %q", name, arg.Name), "its arguments are %s", strings.Join(names, ", "))
		case i < len(out) && out[i] != nil:
			return nil, fault(s.pos(arg.Location), "42601", "argument name %q used more than once", arg.Name)
		}
		for len(out) <= i {
			out = append(out, nil)
		}
		out[i] = arg.Arg
	}
	for i, arg := range out {
		switch {
		case arg != nil:
		case zeroUnlessGiven[name]:
			out[i] = zero(parse.Location(args[first]))
		default:
			return nil, fault(s.where(args[first]), "42883", "function %s needs its argument %q", name, names[i])
		}
	}
	return out, nil
}

// argumentNames are the names of a function's arguments.
func (s *binding) argumentNames(name string) []string {
	for _, f := range s.Functions.Scalars() {
		if f.Name == name || slices.Contains(f.Aliases, name) {
			return f.Args
		}
	}
	return nil
}

func zero(location int32) *pg.Node {
	return &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{Val: &pg.A_Const_Ival{Ival: &pg.Integer{}}, Location: location}}}
}

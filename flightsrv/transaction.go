package flightsrv

// noTransactions answers what asks for a transaction. SqlInfo says that there are none, so that drivers run each statement
// on its own from the beginning.
func noTransactions() error {
	return &Error{State: notSupported, Msg: "transactions are not offered: every statement commits on its own",
		Hint: "connect with autocommit on"}
}

"""Messages to endpoints: kept, signed, sent until they have arrived, and told of."""

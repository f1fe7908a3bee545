"""What the product has to beat: chance, popularity, who came first, friends, factors, rates. Always printed."""

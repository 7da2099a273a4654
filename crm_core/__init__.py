"""Customers and daily CRM work: accounts, contacts, opportunities, activities and their import."""

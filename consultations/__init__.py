"""The record of every talk (咨询记录): turns, answers, evidence, outcome, rating, who holds it."""
